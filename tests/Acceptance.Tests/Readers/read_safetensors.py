"""Reads a model file with nothing but Python's standard library, and prints what it found as JSON."""
import array
import hashlib
import json
import math
import sys

with open(sys.argv[1], "rb") as file:
    size = int.from_bytes(file.read(8), "little")
    header = json.loads(file.read(size))
    data = file.read()

metadata = header.pop("__metadata__")
end = 0
numbers = 0
finite = True
for name, tensor in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
    first, last = tensor["data_offsets"]
    assert first == end, f"{name} begins at {first}, the tensor before it ends at {end}"
    assert tensor["dtype"] == "F32" and last - first == 4 * math.prod(tensor["shape"]), name
    values = array.array("f", data[first:last])
    numbers += len(values)
    finite = finite and all(map(math.isfinite, values))
    end = last
assert end == len(data), f"{len(data) - end} bytes after the last tensor"

json.dump({
    "numbers": numbers,
    "all_finite": finite,
    "checksum_holds": metadata["checksum"] == "sha256:" + hashlib.sha256(data).hexdigest(),
    "target": json.loads(metadata["target"]),
    "element_table": json.loads(metadata["element_table"]),
}, sys.stdout)
