/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "madesounds.h"
#include <math.h>
#include "random.h"

#define PURPOSE 0x6e6f6973 /* keeps these draws apart from others */

typedef struct {
  GenreRandom random;
  double rate;
  float *samples;
  guint n;
} Sound;

/* From @low to @high, all octaves alike. */
static double
draw_pitch (Sound *sound, double low, double high)
{
  return low * pow (high / low, genre_random_uniform (&sound->random));
}

static double
draw (Sound *sound, double low, double high)
{
  return low + (high - low) * genre_random_uniform (&sound->random);
}

/* ---- parts ---- */

/* A resonance (two poles): what a throat, a box or a motor adds. */
typedef struct {
  double a1, a2, gain, y1, y2;
} Resonance;

static Resonance
resonate (double frequency, double width, double rate)
{
  double radius = exp (-G_PI * width / rate);
  return (Resonance){2 * radius * cos (2 * G_PI * frequency / rate), -radius * radius, 1 - radius,
                     0, 0};
}

static double
pass (Resonance *resonance, double x)
{
  double y = resonance->gain * x + resonance->a1 * resonance->y1 + resonance->a2 * resonance->y2;
  resonance->y2 = resonance->y1;
  return resonance->y1 = y;
}

/* Noise that falls by @slope: 0 is white, 1 brown, between them roughly pink. */
static void
add_noise (Sound *sound, double gain, double slope)
{
  double low = 0;
  for (guint i = 0; i < sound->n; i++) {
    double white = genre_random_normal (&sound->random);
    low = 0.995 * low + 0.1 * white;
    sound->samples[i] += gain * ((1 - slope) * white + slope * low);
  }
}

/* Louder and softer by itself: wind, waves, passing cars. */
static void
swell (Sound *sound)
{
  double speed = draw_pitch (sound, 0.05, 3), depth = draw (sound, 0, 0.95);
  double phase = draw (sound, 0, 2 * G_PI);
  for (guint i = 0; i < sound->n; i++)
    sound->samples[i] *= 1 - depth * 0.5 * (1 + sin (2 * G_PI * speed * i / sound->rate + phase));
}

static void
filter (Sound *sound)
{
  Resonance resonance =
      resonate (draw_pitch (sound, 80, 6000), draw_pitch (sound, 30, 2000), sound->rate);
  double share = draw (sound, 0.3, 1);
  for (guint i = 0; i < sound->n; i++)
    sound->samples[i] =
        (1 - share) * sound->samples[i] + 8 * share * pass (&resonance, sound->samples[i]);
}

/* ---- kinds ---- */

static void
make_noise (Sound *sound)
{
  add_noise (sound, 0.1, genre_random_uniform (&sound->random));
  if (genre_random_uniform (&sound->random) < 0.6)
    filter (sound);
  if (genre_random_uniform (&sound->random) < 0.6)
    swell (sound);
}

/* Hum, ventilators, engines: harmonics that hardly move, in some noise. */
static void
make_hum (Sound *sound)
{
  double pitch = draw_pitch (sound, 25, 400), wobble = draw (sound, 0, 0.02);
  guint harmonics = 1 + genre_random_below (&sound->random, 20);
  double speed = draw_pitch (sound, 0.1, 6), phase = 0;
  for (guint i = 0; i < sound->n; i++) {
    phase += pitch * (1 + wobble * sin (2 * G_PI * speed * i / sound->rate)) / sound->rate;
    for (guint h = 1; h <= harmonics && h * pitch < sound->rate / 2; h++)
      sound->samples[i] += 0.1 / h * sin (2 * G_PI * h * phase);
  }
  add_noise (sound, draw_pitch (sound, 0.001, 0.1), genre_random_uniform (&sound->random));
}

/* Telephones, alarms, test tones: one pitch at a time, on and off, or sliding. */
static void
make_beeps (Sound *sound)
{
  double pitch = draw_pitch (sound, 150, 5000), slide = draw (sound, -1, 1);
  double period = draw_pitch (sound, 0.1, 4) * sound->rate, on = draw (sound, 0.2, 1);
  gboolean slides = genre_random_uniform (&sound->random) < 0.4;
  double phase = 0;
  for (guint i = 0; i < sound->n; i++) {
    double place = fmod (i, period) / period;
    phase += pitch * (slides ? pow (2, slide * place) : 1) / sound->rate;
    if (place < on)
      sound->samples[i] += 0.3 * sin (2 * G_PI * phase);
  }
  add_noise (sound, draw_pitch (sound, 0.0003, 0.01), 0.5);
}

/* Knocks, steps, dishes: bursts that ring, at no particular times. */
static void
make_clatter (Sound *sound)
{
  double often = draw_pitch (sound, 0.5, 12), ring = draw_pitch (sound, 0.01, 0.3);
  Resonance box =
      resonate (draw_pitch (sound, 100, 5000), draw_pitch (sound, 50, 1500), sound->rate);
  double level = 0;
  for (guint i = 0; i < sound->n; i++) {
    if (genre_random_uniform (&sound->random) < often / sound->rate)
      level = draw (sound, 0.2, 1);
    level *= exp (-1 / (ring * sound->rate));
    sound->samples[i] += 4 * pass (&box, level * genre_random_normal (&sound->random));
  }
  add_noise (sound, draw_pitch (sound, 0.0003, 0.02), genre_random_uniform (&sound->random));
}

/* Somebody talks: syllables of a voice with three formants, now and then a hiss, and pauses. */
typedef struct {
  double pitch, level, hiss, length; /* of the syllable; in samples */
  Resonance formants[3];
  double phase;
  guint left; /* samples of it */
  gboolean sounds;
} Voice;

static void
begin_syllable (Sound *sound, Voice *voice, double base)
{
  static const double lows[] = {250, 800, 2000}, highs[] = {850, 2300, 3300};
  double kind = genre_random_uniform (&sound->random);
  voice->length = sound->rate * (kind < 0.12 ? draw (sound, 0.25, 0.8) : draw (sound, 0.1, 0.3));
  voice->left = (guint)voice->length;
  voice->sounds = kind >= 0.12;
  voice->hiss = kind > 0.85 ? 0.15 : 0.004;
  voice->level = kind > 0.85 ? 0.2 : draw (sound, 0.5, 1);
  voice->pitch = base * draw (sound, 0.8, 1.35);
  for (guint i = 0; i < 3; i++)
    voice->formants[i] = resonate (draw (sound, lows[i], highs[i]), 60 + 40 * i, sound->rate);
}

static void
make_speech (Sound *sound)
{
  Voice voice = {0};
  double base = draw_pitch (sound, 85, 240);
  for (guint i = 0; i < sound->n; i++) {
    if (voice.left == 0)
      begin_syllable (sound, &voice, base);
    double place = 1 - voice.left-- / voice.length;
    double level = voice.sounds ? voice.level * sin (G_PI * place) : 0;
    voice.phase += voice.pitch * (1.1 - 0.2 * place) / sound->rate;
    double pulse = voice.phase >= 1 ? 20 : 0;
    voice.phase -= voice.phase >= 1;
    double air = voice.hiss * genre_random_normal (&sound->random);
    double sum = voice.hiss > 0.1 ? level * air : 0;
    for (guint f = 0; f < 3; f++)
      sum += pass (&voice.formants[f], level * (pulse + air)) / (f + 1);
    sound->samples[i] += sum;
  }
  add_noise (sound, draw_pitch (sound, 0.00003, 0.003), 0.5);
}

void
genre_made_sound (guint number, guint rate, float *samples, guint n)
{
  static void (*const kinds[]) (Sound * sound) = {make_noise,  make_speech,  make_hum,
                                                  make_speech, make_clatter, make_beeps};
  Sound sound = {genre_random_keyed (number, PURPOSE, 0, 0), rate, samples, n};
  double loudest = 1e-9;
  for (guint i = 0; i < n; i++)
    samples[i] = 0;
  kinds[number % G_N_ELEMENTS (kinds)](&sound);
  for (guint i = 0; i < n; i++)
    loudest = MAX (loudest, fabs (samples[i]));
  for (guint i = 0; i < n; i++)
    samples[i] *= 0.5 / loudest;
}
