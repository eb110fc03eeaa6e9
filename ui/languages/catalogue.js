// Texts of one language; ui/languages/catalogues.py fills it.
export const language = $language;
export const messages = $messages;
export const formOf = (n) => Number($plural);
