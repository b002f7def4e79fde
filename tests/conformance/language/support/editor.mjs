// What an editor knows of definitions: the published JSON Schema, as a validator that nobody here wrote reads it.

import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';

export class Editor {
  #validate;

  /** `schema` is the text that the server gives. */
  constructor(schema) {
    this.#validate = new Ajv2020({ strict: false }).compile(JSON.parse(schema));
  }

  /** What the editor would underline; nothing in a definition that fits. */
  faultsOf(definition) {
    return this.#validate(parse(definition)) ? [] : this.#validate.errors.map(({ instancePath, message }) => `${instancePath} ${message}`);
  }
}
