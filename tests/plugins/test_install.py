#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The plugins are put where their programs look, and with everything that they import."""
import ast
import json
import os
import pathlib
import subprocess
import tempfile

import samples

INSTALL = pathlib.Path(os.environ["GENRE_PLUGINS"]) / "install"
OURS = {"genre_bar", "genre_bus", "genre_song"}
USERS = {
    "quodlibet": ("config/quodlibet/plugins/genreclassify", "__init__.py"),
    "rhythmbox": ("data/rhythmbox/plugins/genreclassify", "genreclassify.py"),
    "beets": ("config/beets/plugins", "genreclassify.py"),
}


def imports(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)} & OURS


def a_user_gets_all_of_a_plugin(home):
    environment = dict(os.environ, HOME=str(home), XDG_CONFIG_HOME=f"{home}/config",
                       XDG_DATA_HOME=f"{home}/data")
    for program, (folder, main) in USERS.items():
        for _ in range(2):  # over an older one as well
            subprocess.run([INSTALL, program], env=environment, check=True)
        there = {path.stem for path in (home / folder).iterdir()}
        assert imports(home / folder / main) <= there, (program, there)
    status = subprocess.run([INSTALL, "winamp"], env=environment, check=False).returncode
    assert status == 2


def is_installed_by_build():
    said = subprocess.run(["meson", "introspect", os.environ["GENRE_BUILD"], "--buildoptions"],
                          stdout=subprocess.PIPE, check=True).stdout
    (plugins,) = [option for option in json.loads(said) if option["name"] == "plugins"]
    return plugins["value"]


def meson_puts_them_where_programs_look(root):
    samples.need("meson")
    if not is_installed_by_build():
        samples.skip("this build installs no plugins")
    subprocess.run(
        ["meson", "install", "-C", os.environ["GENRE_BUILD"], "--quiet", "--no-rebuild",
         "--tags", "python-runtime", "--destdir", str(root)], check=True,
    )
    targets = [str(path) for path in root.rglob("*")]
    for end in ("beetsplug/genreclassify.py",
                "quodlibet/ext/gstreamer/genreclassify/__init__.py",
                "quodlibet/ext/gstreamer/genreclassify/genre_bar.py",
                "quodlibet/ext/gstreamer/genreclassify/genre_bus.py",
                "quodlibet/ext/gstreamer/genreclassify/genre_song.py",
                "rhythmbox/plugins/genreclassify/genreclassify.plugin",
                "rhythmbox/plugins/genreclassify/genreclassify.py",
                "rhythmbox/plugins/genreclassify/genre_bar.py",
                "rhythmbox/plugins/genreclassify/genre_bus.py",
                "rhythmbox/plugins/genreclassify/genre_song.py"):
        assert any(target.endswith("/" + end) for target in targets), (end, targets)


for test in (a_user_gets_all_of_a_plugin, meson_puts_them_where_programs_look):
    with tempfile.TemporaryDirectory() as folder:
        test(pathlib.Path(folder))
