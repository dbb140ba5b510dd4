"""Programs that help to work on this repository. They are not part of the package."""
