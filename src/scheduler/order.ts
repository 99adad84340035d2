interface Orderable {
  readonly affinity: string;
  readonly cost: number;
}

/**
 * The order in which to start items: those of equal affinity one after the other, and the dearest affinity first
 * (longest processing time first, Graham 1969, doi:10.1137/0117039), so that no long group is left over at the end.
 * Within an affinity, too, the dearest starts first. Equal costs keep their order.
 */
export function inStartOrder<Item extends Orderable>(items: readonly Item[]): Item[] {
  const groups = [...Map.groupBy(items, ({ affinity }) => affinity).values()];
  const total = (group: readonly Item[]) => group.reduce((sum, { cost }) => sum + cost, 0);
  const byTotal = groups.map((group) => ({ group, total: total(group) })).sort((a, b) => b.total - a.total);
  return byTotal.flatMap(({ group }) => group.toSorted((a, b) => b.cost - a.cost));
}
