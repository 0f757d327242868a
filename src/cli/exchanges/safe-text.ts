/** What clients and services sent, as a terminal may have it: nothing in it moves the cursor or turns the text around. */
export const safeText = (text: string): string =>
  // oxlint-disable-next-line no-control-regex
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "\ufffd")

/** The same on one line. */
export const safeLine = (text: string): string => safeText(text).replace(/[\t\n\u2028\u2029]/g, " ")
