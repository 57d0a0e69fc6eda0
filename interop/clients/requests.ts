// Where the server answers, and a fetch that notes what it was asked for.
export const URL = process.env.URL ?? "";
export const counted: string[] = [];
