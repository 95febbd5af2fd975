"""JSON objects: one parse by the declared paths, and one look at the names of what stands there.

An object that is declared in part (``page.type``) is read as a map, so that what stands beside the
declared names is seen. Limits: deeper than two levels undeclared names are not seen, and repeated
keys are seen on the first level only.
"""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, functions as F

from crosschannel.settings.sources import Source

CORRUPT = "CORRUPT"  # Spark puts the whole record here when it does not fit
TEXTS_BY_NAME = "map<string,string>"
Tree = dict[str, "Tree"]  # nested names; an empty one is a leaf


def parsed_expr(text: Column, source: Source) -> Column:
    """Return the declared paths of an object as a struct, null for what is none."""
    return F.when(_is_object(text) & _stands_alone(text), F.from_json(text, _schema(source), {"columnNameOfCorruptRecord": CORRUPT}))


def keys_expr(text: Column) -> Column:
    """Return the names on the first level of an object, repeated ones as often as they stand there."""
    return F.when(_is_object(text), F.json_object_keys(text))


def value_expr(path: str, parsed: Column, source: Source) -> Column:
    """Return the text at a declared path."""
    outer = next(p for p in _outer_paths(source) if path == p or path.startswith(f"{p}."))
    value = _nested(parsed, outer, _tree(source))
    return value if outer == path else F.get_json_object(value, pointer_to(path[len(outer) + 1 :]))


def aliased_expr(name: str, text: Column) -> Column:
    """Return the text under another name of a field; looked for only where its own name is absent."""
    return F.get_json_object(text, pointer_to(name))


def is_quoted_expr(path: str, text: Column) -> Column:
    """Tell whether the value at a path stands in quotes; the declared parse makes a text of every value."""
    value = F.try_variant_get(F.try_parse_json(text), pointer_to(path), "variant")
    return F.coalesce(F.schema_of_variant(value) == "STRING", F.lit(False))


def extras_expr(text: Column, parsed: Column, keys: Column, source: Source) -> Column:
    """Return what the contract does not declare as a map of texts, null where there is nothing."""
    tree = _tree(source)
    aliases = {alias.split(".")[0] for f in source.fields.values() for alias in f.aliases}
    top = _undeclared(keys, F.from_json(text, TEXTS_BY_NAME), sorted({*tree, *aliases}), "")
    inner = [_undeclared(F.map_keys(parsed[n]), parsed[n], sorted(tree[n]), f"{n}.") for n in sorted(tree) if _is_flat(tree[n])]
    return reduce(_joined, inner, top)


def pointer_to(path: str) -> str:
    """Return a dotted path as Spark's functions of JSON want it."""
    return "$" + "".join(f"['{step}']" for step in path.split("."))


def _undeclared(keys: Column, values: Column, declared: list[str], prefix: str) -> Column:
    """Return the undeclared part of a map; the map itself is made only where a key is undeclared."""
    is_any = F.size(F.array_except(keys, F.array(*[F.lit(name) for name in declared]))) > 0
    rest = F.map_filter(values, lambda name, _: ~name.isin(*declared))
    return F.when(is_any, F.transform_keys(rest, lambda name, _: F.concat(F.lit(prefix), name)) if prefix else rest)


def _joined(left: Column, right: Column) -> Column:
    return F.when(left.isNull(), right).when(right.isNull(), left).otherwise(F.map_concat(left, right))


def _is_object(text: Column) -> Column:
    return text.startswith("{") & text.endswith("}")


def _stands_alone(text: Column) -> Column:
    """Tell whether nothing follows an object; Spark would pass over it. Only where an inner bracket closes is a second look needed."""
    ends_once = F.instr(text, "}") == F.char_length(text)
    return ends_once | F.coalesce(F.json_array_length(F.concat(F.lit("["), text, F.lit("]"))) == 1, F.lit(False))


def _schema(source: Source) -> str:
    """Schema of the declared paths, every leaf a text; an outer path wins over one inside it."""
    return ", ".join([*(f"{_quoted(name)} {_ddl(node)}" for name, node in _tree(source).items()), f"{CORRUPT} string"])


def _tree(source: Source) -> Tree:
    tree: Tree = {}
    for path in _outer_paths(source):
        node = tree
        for step in path.split("."):
            node = node.setdefault(step, {})
    return tree


def _ddl(node: Tree) -> str:
    if _is_flat(node):
        return TEXTS_BY_NAME
    return "struct<" + ",".join(f"{_quoted(name)}:{_ddl(child)}" for name, child in node.items()) + ">" if node else "string"


def _is_flat(node: Tree) -> bool:
    return bool(node) and not any(node.values())


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _outer_paths(source: Source) -> list[str]:
    paths = sorted({source.path_of(name) for name in source.fields})
    return [p for p in paths if not any(p.startswith(f"{outer}.") for outer in paths)]


def _nested(value: Column, path: str, tree: Tree) -> Column:
    node = tree
    for step in path.split("."):
        value, node = value.getField(step) if not _is_flat(node) or node is tree else F.try_element_at(value, F.lit(step)), node[step]
    return value
