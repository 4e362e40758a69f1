// SPDX-License-Identifier: GPL-2.0-or-later
// onnx_runtime.js NETWORK.onnx SEGMENTS N FRAMES FEATURES: ONNX Runtime's side of bench_window.py. For every line
// on standard input, runs the network once over SEGMENTS (raw floats) in one thread and prints the
// seconds of CPU that it took.
const fs = require('fs');
const readline = require('readline');
const ort = require('onnxruntime-node');

const [network, segments, ...shape] = process.argv.slice(2);
const [n, frames, features] = shape.map(Number);

function cpuSeconds() {
  const usage = process.cpuUsage();
  return (usage.user + usage.system) / 1e6;
}

async function main() {
  const bytes = fs.readFileSync(segments);
  const floats = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const input = new ort.Tensor('float32', floats, [n, 1, frames, features]);
  const session = await ort.InferenceSession.create(network, {
    executionProviders: ['cpu'], graphOptimizationLevel: 'all', intraOpNumThreads: 1,
    interOpNumThreads: 1, executionMode: 'sequential',
  });
  const feeds = { [session.inputNames[0]]: input };
  await session.run(feeds);
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const begin = cpuSeconds();
    await session.run(feeds);
    console.log((cpuSeconds() - begin).toFixed(6));
  }
}

main();
