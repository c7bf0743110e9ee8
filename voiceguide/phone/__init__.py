"""Kits: everything a phone needs to assemble any version of a routine."""
