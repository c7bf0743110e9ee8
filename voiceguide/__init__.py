"""voiceguide: builds spoken, step-by-step audio sessions with exactly timed quiet from a routine script."""

__version__ = "0.1.0"

__all__ = ["__version__"]
