/** Keeps Latin text in one piece, left to right, inside a line that runs the other way (UAX #9). */
export const ltr = (text: string): string => `\u2066${text}\u2069`;
