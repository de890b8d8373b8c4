"""JSONPath of RFC 9535 in settings: read by a library, evaluated here within bounds."""

from app.graph.jsonpath.cost import Cost
from app.graph.jsonpath.path import JsonPath, compile_path
from app.graph.jsonpath.setting import PathTemplate

__all__ = ["Cost", "JsonPath", "PathTemplate", "compile_path"]
