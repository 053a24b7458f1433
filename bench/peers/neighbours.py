"""Neighbour lists by pymatgen: Structure.get_neighbor_list at the same cutoff, over the same crystals."""
from peer import serve


def prepare(data):
    from importlib.metadata import version
    from pymatgen.core import Lattice, Structure

    structures = [
        Structure(Lattice([c["lattice"][0:3], c["lattice"][3:6], c["lattice"][6:9]]), c["numbers"],
                  [c["fractional"][i:i + 3] for i in range(0, len(c["fractional"]), 3)])
        for c in data["crystals"]
    ]

    def pairs(structure):
        return structure.get_neighbor_list(data["cutoff"], numerical_tol=1e-8, exclude_self=True)

    def check():
        lists = [pairs(s) for s in structures]
        return {"edges": [len(p[0]) for p in lists], "sums": [float(p[3].sum()) for p in lists]}

    def iterate():
        for structure in structures:
            pairs(structure)

    return f"pymatgen {version('pymatgen')}", check, iterate


serve(prepare)
