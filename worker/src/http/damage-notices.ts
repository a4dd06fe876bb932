interface DamageNotice {
  /** Its id, hexadecimal. */
  readonly object: string;
  readonly message: string;
}

/** What a local start found damaged and set aside (`local/damaged-database.ts`) of the object that has this name in its namespace. */
export function damageOf(notices: string | undefined, namespace: DurableObjectNamespace, name: string): string[] {
  if (notices === undefined) return [];
  const object = namespace.idFromName(name).toString();
  return (JSON.parse(notices) as readonly DamageNotice[]).filter((one) => one.object === object).map(({ message }) => message);
}
