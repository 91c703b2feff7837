"""What the tests of rights-holders share with those of the desk."""

from tests.integration.at_the_desk import counted, desk

__all__ = ["counted", "desk"]
