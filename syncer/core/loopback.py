"""Addresses of machines: names by which this one reaches itself, and IP addresses."""

from ipaddress import ip_address

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")


def is_ip(text: str) -> bool:
    """Return whether the text is an IP address, of either version and without brackets."""
    try:
        return bool(ip_address(text))
    except ValueError:
        return False
