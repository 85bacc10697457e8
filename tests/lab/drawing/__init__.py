"""Draws incidents from recordings: pure, repeatable, without a network or a server."""
