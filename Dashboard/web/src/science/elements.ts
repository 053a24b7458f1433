/** The elements: symbols in order of atomic number, their places in the periodic table, colours and radii for drawings of crystals. */

export const symbols: readonly string[] = (
  "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe " +
  "Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr " +
  "Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og"
).split(" ");

/** Row and column (from 1) in the usual table of 18 columns; lanthanides and actinides lie in rows 9 and 10. */
export function place(atomicNumber: number): { row: number; column: number } {
  const z = atomicNumber;
  if (z >= 57 && z <= 71) return { row: 9, column: z - 57 + 3 };
  if (z >= 89 && z <= 103) return { row: 10, column: z - 89 + 3 };
  const starts = [1, 3, 11, 19, 37, 55, 87, 119];
  let row = 0;
  while (z >= starts[row + 1]!) row++;
  const first = starts[row]!;
  const length = starts[row + 1]! - first;
  const index = z - first;
  if (row === 0) return { row: 1, column: z === 1 ? 1 : 18 };
  if (index < 2) return { row: row + 1, column: index + 1 };
  return { row: row + 1, column: 18 - (length - 1 - index) };
}

/** Jmol's colours (jmol.sourceforge.net/jscolors) of the elements that are common in crystals; the others get a colour from their number. */
const jmol: Readonly<Record<string, string>> = {
  H: "#ffffff", Li: "#cc80ff", Be: "#c2ff00", B: "#ffb5b5", C: "#909090", N: "#3050f8", O: "#ff0d0d", F: "#90e050", Na: "#ab5cf2", Mg: "#8aff00",
  Al: "#bfa6a6", Si: "#f0c8a0", P: "#ff8000", S: "#ffff30", Cl: "#1ff01f", K: "#8f40d4", Ca: "#3dff00", Sc: "#e6e6e6", Ti: "#bfc2c7", V: "#a6a6ab",
  Cr: "#8a99c7", Mn: "#9c7ac7", Fe: "#e06633", Co: "#f090a0", Ni: "#50d050", Cu: "#c88033", Zn: "#7d80b0", Ga: "#c28f8f", Ge: "#668f8f", As: "#bd80e3",
  Se: "#ffa100", Br: "#a62929", Rb: "#702eb0", Sr: "#00ff00", Y: "#94ffff", Zr: "#94e0e0", Nb: "#73c2c9", Mo: "#54b5b5", Ru: "#248f8f", Rh: "#0a7d8c",
  Pd: "#006985", Ag: "#c0c0c0", Cd: "#ffd98f", In: "#a67573", Sn: "#668080", Sb: "#9e63b5", Te: "#d47a00", I: "#940094", Cs: "#57178f", Ba: "#00c900",
  La: "#70d4ff", Ce: "#ffffc7", Hf: "#4dc2ff", Ta: "#4da6ff", W: "#2194d6", Re: "#267dab", Os: "#266696", Ir: "#175487", Pt: "#d0d0e0", Au: "#ffd123",
  Hg: "#b8b8d0", Tl: "#a6544d", Pb: "#575961", Bi: "#9e4fb5",
};

export function colourOf(symbol: string): string {
  const known = jmol[symbol];
  if (known !== undefined) return known;
  const z = symbols.indexOf(symbol) + 1;
  return `hsl(${(z * 47) % 360} 45% 60%)`;
}

/** A drawing radius in ångström: grows slowly down a group, anions-to-be somewhat larger than cations. */
export function radiusOf(symbol: string): number {
  const z = symbols.indexOf(symbol) + 1;
  if (z === 0) return 0.6;
  const { row } = place(z);
  const period = row > 8 ? row - 3 : row;
  return 0.28 + 0.09 * period + ("NOFPSClSeBrTeI".includes(symbol) && z > 5 ? 0.12 : 0);
}

/** Element symbols in a chemical formula such as `Ba(TiO3)2`, each once, in the order met. */
export function elementsIn(formula: string): string[] {
  return [...new Set((formula.match(/[A-Z][a-z]?/g) ?? []).filter(s => symbols.includes(s)))];
}
