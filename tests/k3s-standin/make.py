#!/usr/bin/env python3
"""Packs the stand-in into one executable file: make.py OUTPUT [VERSION]"""
import pathlib
import shutil
import sys
import tempfile
import zipapp

here = pathlib.Path(__file__).resolve().parent


def pack(output, version):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        shutil.copytree(here / "standin", root / "standin", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(here / "data", root / "standin/data")
        (root / "standin/VERSION").write_text(version)
        (root / "__main__.py").write_text("from standin.main import main\nmain()\n")
        # A new file under the name, as an upgrade does: what runs keeps the old one.
        part = pathlib.Path(output).with_name(f".{pathlib.Path(output).name}.new")
        zipapp.create_archive(root, part, "/usr/bin/python3")
        part.replace(output)


if __name__ == "__main__":
    pack(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "v1.34.3+k3s1")
