"""Builds the addon's wheel from the root of the checkout too: whool looks only into the addon's own folder."""

import contextlib
from pathlib import Path

from whool import buildapi

ADDON = Path(__file__).resolve().parent.parent / "consent_notify"


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Build the wheel into `wheel_directory` and return its file name."""
    wheel_directory = str(Path(wheel_directory).resolve())
    with contextlib.chdir(ADDON):
        return buildapi.build_wheel(wheel_directory, config_settings)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    """Build a wheel that points to this checkout and return its file name."""
    wheel_directory = str(Path(wheel_directory).resolve())
    with contextlib.chdir(ADDON):
        return buildapi.build_editable(wheel_directory, config_settings)


def build_sdist(sdist_directory, config_settings=None):
    """Build the source archive into `sdist_directory` and return its file name."""
    sdist_directory = str(Path(sdist_directory).resolve())
    with contextlib.chdir(ADDON):
        return buildapi.build_sdist(sdist_directory, config_settings)
