/**
 * `fetch` that says what went wrong as `FetchFailure`. User and password in the address become a header.
 * @throws The signal's reason if it is aborted
 */
export async function fetchUrl(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<Response | FetchFailure> {
  try {
    const { address, authorization } = withoutCredentials(url);
    const response = await fetch(address, { headers: { ...headers, ...authorization }, signal });
    if (response.ok || response.status === 416) return response;
    await response.body?.cancel();
    return {
      why: `the server answers ${`${response.status} ${response.statusText}`.trim()}`,
      ...passing(response),
    };
  } catch (error) {
    signal?.throwIfAborted();
    return connectionFailure(error);
  }
}

/** Why an address did not give what was asked. */
export interface FetchFailure {
  readonly why: string;
  /** Asking again may help. */
  readonly passing: boolean;
  /** No server was heard: its name is not known, or nothing is there. */
  readonly unreached?: boolean;
  readonly help?: string;
}

/** An address for people: without password and query. */
export function shownUrl(url: string): string {
  const { origin, protocol, host, pathname } = new URL(url);
  return origin === "null" ? `${protocol}//${host}${pathname}` : `${origin}${pathname}`;
}

function passing({ status }: Response): { passing: boolean } {
  return { passing: status >= 500 || status === 408 || status === 425 || status === 429 };
}

function connectionFailure(error: unknown): FetchFailure {
  if (error instanceof Deno.errors.NotCapable) {
    return {
      why: "this process has no permission to use the network",
      passing: false,
      help: "add --allow-net",
    };
  }
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const message = cause instanceof Error ? cause.message : String(cause);
  const detail = message
    .replace(/^error sending request for url \([^)]*\)(: )?/, "").replace(/^client error \(\w+\): /, "");
  if (/certificate/i.test(detail)) {
    return {
      why: `the connection is not trusted (${detail})`,
      passing: false,
      help: "behind a proxy with a certificate of its own set DENO_TLS_CA_STORE=system, or DENO_CERT=FILE",
    };
  }
  return {
    why: `no connection (${detail})`,
    passing: true,
    unreached: message.includes("client error (Connect)"),
    help: "check the network; HTTPS_PROXY names a proxy if one is needed",
  };
}

function withoutCredentials(url: string): { address: string; authorization: Record<string, string> } {
  const address = new URL(url);
  const { username, password } = address;
  if (username === "" && password === "") return { address: url, authorization: {} };
  address.username = address.password = "";
  const bytes = new TextEncoder().encode(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  const basic = btoa(String.fromCharCode(...bytes));
  return { address: address.href, authorization: { authorization: `Basic ${basic}` } };
}
