"""What we know: values and rules. Standard library only; does no I/O."""
