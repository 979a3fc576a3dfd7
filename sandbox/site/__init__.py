"""The published sites of the demonstration, served from the folders that the publish job fills."""

from .app import create_site
from .server import PortTaken, WebServer

__all__ = ["PortTaken", "WebServer", "create_site"]
