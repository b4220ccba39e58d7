// Reads safetensors: 8 bytes with the header's length, the header as JSON, then the arrays.

const VIEWS = { F64: Float64Array, F32: Float32Array, I32: Int32Array, U8: Uint8Array, BOOL: Uint8Array };

/** All arrays of a buffer by name, as views on its memory, none copied. */
export function readTensors(buffer) {
  const headerLength = Number(new DataView(buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, headerLength)));
  const arrays = {};
  for (const [name, { dtype, data_offsets: [begin, end] }] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const View = VIEWS[dtype];
    arrays[name] = new View(buffer, 8 + headerLength + begin, (end - begin) / View.BYTES_PER_ELEMENT);
  }
  return arrays;
}
