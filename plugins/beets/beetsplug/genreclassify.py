# SPDX-License-Identifier: GPL-2.0-or-later
"""A beets plugin: genres from the sound itself, as genre-tag hears them.

Fills genres that are missing, at import and by `beet genreclassify`. genre-tag only listens; beets
stores and writes. Nothing that goes wrong here ends an import: it is logged, and the genre stays
empty.
"""
import contextlib
import json
import os
import subprocess
import tempfile
import threading
from urllib.parse import unquote_to_bytes

import beets
import mediafile
from beets import importer, library, plugins, ui, util

FILES_AT_ONCE = 500  # one process hears so many, ...
BYTES_AT_ONCE = 100_000  # ... with names of so many bytes, which any command line has room for


class CommandFailed(Exception):
    """genre-tag did not come to its end."""


def batches(paths):
    """Lists of paths, each short enough for a command line."""
    batch, size = [], 0
    for path in paths:
        if batch and (len(batch) == FILES_AT_ONCE or size + len(path) > BYTES_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append(path)
        size += len(path) + 1
    if batch:
        yield batch


def path_of(answer):
    """The path, in bytes, that an answer is about: its URI says it exactly."""
    prefix = "file://"
    uri = answer.get("uri", "")
    return unquote_to_bytes(uri[len(prefix):]) if uri.startswith(prefix) else None


def run(command, paths):
    """Yields an answer of genre-tag for each of the paths, as it comes."""
    with tempfile.TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(
                command + paths, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints
            )
        except OSError as error:
            raise CommandFailed(f"{command[0]}: {error.strerror}") from error
        answered = False
        try:
            for line in process.stdout:
                answer = None
                with contextlib.suppress(ValueError):  # the status says what half a line means
                    answer = json.loads(line)
                if isinstance(answer, dict):
                    answered = True
                    yield answer
            status = process.wait()
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
            process.stdout.close()
        # 1: a file could not be heard, and an answer says which; without any, none can be (no model)
        if status not in (0, 1) or (status == 1 and not answered):
            complaints.seek(0)
            said = complaints.read().decode(errors="replace").strip().splitlines()
            raise CommandFailed(f"{command[0]}: {said[0] if said else f'exit status {status}'}")


def is_missing(genre):
    return not (genre or "").strip()


def printable(path):
    """A path as text that does nothing to a terminal."""
    text = util.displayable_path(path)
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


class GenreClassifyPlugin(plugins.BeetsPlugin):
    def __init__(self):
        super().__init__()
        self.config.add(
            {
                "auto": True,
                "force": False,
                "pretend": False,
                "threshold": None,
                "min_music": None,
                "excerpts": None,
                "model": None,
                "name_map": None,
                "command": "genre-tag",
            }
        )
        self._unwritten = set()  # of ids: their genre is not yet in their files
        self._lock = threading.Lock()
        if self.config["auto"].get(bool):
            self.import_stages = [self.imported]
            self.register_listener("album_imported", self.album_imported)
            self.register_listener("item_imported", self.item_imported)

    # ---- genre-tag ----

    def command_line(self):
        """genre-tag with its options. It never writes, and hears every file: beets knows which."""
        program = os.path.expanduser(self.config["command"].as_str())
        command = [program, "--json", "--force", "--quiet"]
        for option in ("threshold", "min_music", "excerpts"):
            value = self.config[option].get()
            if value is not None:
                command.append(f"--{option.replace('_', '-')}={value}")
        for option in ("model", "name_map"):
            if self.config[option].get():
                command.append(f"--{option.replace('_', '-')}={self.config[option].as_filename()}")
        return command

    def answers(self, paths):
        """Yields genre-tag's answers for all paths; what keeps it from answering is logged."""
        failures = 0  # in a row
        for batch in batches(paths):
            try:
                yield from run(self.command_line(), batch)
                failures = 0
            except CommandFailed as error:
                self._log.error("{}", error)
                failures += 1
                if failures == 2:  # it is not a file of one batch, but the program
                    return

    def hear(self, items):
        """Yields (item, genre) for those of the items in which a genre is heard."""
        waiting = {}
        for item in items:
            waiting.setdefault(os.path.realpath(item.path), []).append(item)
        total = len(waiting)
        for answer in self.answers(list(waiting)):
            path = path_of(answer)
            heard = waiting.pop(path, None)
            if heard is None:
                continue
            name = self.name_in(answer, f"{total - len(waiting)}/{total} {printable(path)}")
            for item in heard if name else ():
                yield item, name
        for path in waiting:
            self._log.error("{}: not heard", printable(path))

    def name_in(self, answer, what):
        """The genre in an answer as people write it, or None; says which."""
        if "error" in answer:
            self._log.error("{}: {}", what, answer["error"])
            return None
        name = answer.get("name")
        if not name:
            reason = answer.get("obstacle")
            if answer.get("action") == "unwanted":
                reason = "the name map leaves its genre out"
            elif not reason:
                reason = "no music" if answer.get("music", 1) < 0.5 else "no genre is sure enough"
            self._log.info("{}: {}", what, reason)
            return None
        self._log.info("{}: {}, {:.0f} % sure", what, name, 100 * answer.get("confidence", 0))
        return name

    # ---- the library ----

    def fill(self, items, write=False):
        """Gives the items that lack a genre the one that is heard; yields those that got one."""
        force = self.config["force"].get(bool)
        for known, genre in self.hear(i for i in items if force or is_missing(i.genre)):
            item = known._db.get_item(known.id)  # as others have left it while much was heard
            if not item or item.path != known.path or not (force or is_missing(item.genre)):
                self._log.info("{}: changed meanwhile, stays as it is", printable(known.path))
                continue
            if item.genre == genre or self.config["pretend"].get(bool):
                continue
            read = item.mtime
            item.genre = genre
            if write:
                self.write_genre(item, read)
            item.store()
            yield item

    def write_genre(self, item, read=None):
        """Writes the genre alone into a file, whose tags beets read last when its time was `read`.

        Item.write() would write all that beets knows, which may be less than the file says: of two
        artists one.
        """
        tags = dict(item)
        try:
            unread = read is not None and read < item.current_mtime()
            plugins.send("write", item=item, path=item.path, tags=tags)
            id3v23 = beets.config["id3v23"].get(bool)
            file = mediafile.MediaFile(util.syspath(item.path), id3v23=id3v23)
            file.update({"genre": tags["genre"]})
            file.save()
            if not unread:  # what others have written there is still for `beet update` to read
                item.mtime = item.current_mtime()
            plugins.send("after_write", item=item, path=item.path)
        except (library.FileOperationError, mediafile.UnreadableFileError, OSError) as error:
            self._log.error("{}: {}", printable(item.path), error)

    def fill_album(self, album):
        """An album without a genre has the one that most of its songs have.

        Album.store() would give that genre to all its songs, also to those with one of their own.
        """
        genres = [item.genre for item in album.items() if not is_missing(item.genre)]
        if genres and (self.config["force"].get(bool) or is_missing(album.genre)):
            album.genre = util.plurality(genres)[0]
            super(library.Album, album).store()

    # ---- import ----

    def imported(self, session, task):
        filled = list(self.fill(task.imported_items()))
        if filled and task.is_album:
            self.fill_album(task.album)
        if task.choice_flag == importer.action.ASIS:  # beets itself writes no tags then
            with self._lock:
                self._unwritten.update(item.id for item in filled)

    def album_imported(self, lib, album):
        for item in album.items():
            self.item_imported(lib, item)

    def item_imported(self, lib, item):
        with self._lock:
            if item.id not in self._unwritten:
                return
            self._unwritten.discard(item.id)
        if ui.should_write():
            self.write_genre(item)
            item.store()

    # ---- command ----

    def commands(self):
        command = ui.Subcommand(
            "genreclassify", help="hear which genre songs are, and store it where it is missing"
        )
        command.parser.add_option(
            "-f", "--force", action="store_true", default=None, help="replace genres that are there"
        )
        command.parser.add_option(
            "-p", "--pretend", action="store_true", default=None, help="only show what is heard"
        )
        command.parser.add_option(
            "-t", "--threshold", type="float", help="store nothing that is less probable (0..1)"
        )
        command.parser.add_option("-m", "--model", help="model file (default: built in)")
        command.func = self.classify
        return [command]

    def classify(self, lib, options, arguments):
        self.config.set_args(options)
        albums = set()
        try:
            for item in self.fill(lib.items(ui.decargs(arguments)), write=ui.should_write()):
                albums.add(item.album_id)
        finally:  # after Ctrl-C, too: the next run hears no songs that have a genre
            for album in filter(None, (lib.get_album(number) for number in albums if number)):
                self.fill_album(album)
