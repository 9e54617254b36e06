/** Samples in a packet of AAC-LC. */
export const AAC_SAMPLES = 1_024

// One raw data block each (ISO/IEC 14496-3, 4.4.2.1) whose spectrum is empty.
const MONO = Uint8Array.of(0x00, 0xc8, 0x00, 0x80, 0x23, 0x80)
const STEREO = Uint8Array.of(0x21, 0x00, 0x49, 0x90, 0x02, 0x19, 0x00, 0x23, 0x80)

/** A packet that sounds like nothing, for a track of this kind; null where none is at hand. */
export function silentPacket(config: AudioDecoderConfig): Uint8Array | null {
  if (config.codec !== 'mp4a.40.2') return null
  return config.numberOfChannels === 1 ? MONO : config.numberOfChannels === 2 ? STEREO : null
}
