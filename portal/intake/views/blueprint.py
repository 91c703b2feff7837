"""The public part of intake; its pages are in the modules beside this one."""

from flask import Blueprint

bp = Blueprint("intake", __name__)
