"""The configuration: a module a section, the whole, and how it is read and explained."""
