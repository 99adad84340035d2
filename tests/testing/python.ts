/** Python environments with packages of their own, made once a machine. */
import { UserError } from "../../src/core/diagnostic.ts";

/** By name, the exact version. */
export type Packages = Readonly<Record<string, string>>;

/**
 * The Python of an environment that has the packages; they are installed where they are missing or have another version.
 * @throws {UserError} If they cannot be installed
 */
export async function pythonWith(packages: Packages, folder: string): Promise<string> {
  const python = `${folder}/bin/python`;
  if (await hasPackages(python, packages)) return python;
  const pinned = Object.entries(packages).map(([name, version]) => `${name}==${version}`);
  console.error(`installing ${pinned.join(", ")} in ${folder}`);
  await install("python3", ["-m", "venv", folder]);
  await install(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...pinned]);
  return python;
}

/** Whether this machine has a Python that makes environments, of a version that TensorFlow has wheels for. */
export async function hasPython(): Promise<boolean> {
  try {
    const args = [
      "-c",
      "import sys, venv, ensurepip; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))",
    ];
    return (await new Deno.Command("python3", { args, stderr: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function hasPackages(python: string, packages: Packages): Promise<boolean> {
  const script = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))";
  try {
    const args = ["-c", script, ...Object.keys(packages)];
    const { stdout } = await new Deno.Command(python, { args, stderr: "null" }).output();
    return new TextDecoder().decode(stdout).trim() === Object.values(packages).join(" ");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function install(program: string, args: readonly string[]): Promise<void> {
  const command = new Deno.Command(program, { args: [...args], stdin: "null", stdout: "null" });
  const { success } = await command.spawn().status;
  if (success) return;
  throw new UserError(
    `Cannot install Python packages: "${program} ${args.join(" ")}" failed`,
    "Python 3.10 or newer with venv and pip is needed",
  );
}
