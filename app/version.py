"""The version of Passline, read by setuptools too."""

__version__ = "0.1.0"
