"""What storing and asking costs, against floors measured in the same run: `./run bench`."""
