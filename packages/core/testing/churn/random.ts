export interface Random {
  /** From 0 up to 1. */
  uniform(): number
  chance(probability: number): boolean
  normal(): number
  poisson(mean: number): number
  binomial(count: number, probability: number): number
}

/** Above, the normal distribution stands for the others. */
const MANY = 30

/** The same numbers for the same seed, on every machine: sfc32 by Chris Doty-Humphrey (PractRand). */
export function createRandom(seed: number): Random {
  let [a, b, c, counter] = [seed | 0, 0x9e3779b9 | 0, 0x243f6a88, 1]
  function uniform(): number {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return (sum >>> 0) / 2 ** 32
  }
  for (let warm = 0; warm < 16; warm++) uniform()
  const chance = (probability: number) => uniform() < probability
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const about = (mean: number, variance: number) => Math.max(0, Math.round(mean + Math.sqrt(variance) * normal()))
  return {
    uniform,
    chance,
    normal,
    poisson(mean) {
      if (mean > MANY) return about(mean, mean)
      let count = 0
      for (let product = uniform(); product > Math.exp(-mean); product *= uniform()) count += 1
      return count
    },
    binomial(count, probability) {
      const mean = count * probability
      if (count > MANY) return Math.min(count, about(mean, mean * (1 - probability)))
      return Array.from({ length: count }, () => chance(probability)).filter(Boolean).length
    },
  }
}
