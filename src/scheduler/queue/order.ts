export interface Orderable {
  /** What it shares with others that is dear to make: a compiled program. Absent: nothing. */
  readonly affinity?: string;
  /** Expected seconds on one core. */
  readonly cost: number;
}

/** Work of equal affinity, the dearest first. */
export interface Group<Item extends Orderable> {
  readonly affinity: string | undefined;
  readonly items: readonly Item[];
}

/**
 * The order in which to start work: that of equal affinity one after the other, and the dearest affinity first (longest
 * processing time first, Graham 1969, doi:10.1137/0117039), so that no long group is left over at the end. Within an
 * affinity, too, the dearest starts first. Equal costs keep their order.
 */
export function inStartOrder<Item extends Orderable>(items: readonly Item[]): Group<Item>[] {
  const groups = [...Map.groupBy(items, ({ affinity }) => affinity)].map(([affinity, members]) => ({
    affinity,
    items: members.toSorted((a, b) => b.cost - a.cost),
    total: members.reduce((sum, { cost }) => sum + cost, 0),
  }));
  return groups.sort((a, b) => b.total - a.total).map(({ affinity, items }) => ({ affinity, items }));
}
