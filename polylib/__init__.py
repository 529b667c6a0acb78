"""Library of the executable book on polysemanticity and coding theory: one idea a module, information in bits."""

__version__ = "2.1.0"
