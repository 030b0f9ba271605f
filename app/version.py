"""The version of Passline, which setuptools reads too."""

__version__ = "0.1.0"
