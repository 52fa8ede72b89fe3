/* generator_persona.c -- who trains where, and the randomness that everything else is drawn from. */
#include "sim/generator.h"

#include "base/text.h"

struct rng rng_of(uint64_t seed, uint64_t a, uint64_t b)
{
        const uint64_t parts[2] = { a, b };
        return (struct rng) { .state = sai_hash(parts, sizeof parts, seed) };
}

uint64_t rng_next(struct rng *rng)
{
        uint64_t z = rng->state += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
}

double rng_unit(struct rng *rng) { return (double)(rng_next(rng) >> 11) * 0x1p-53; }

double rng_range(struct rng *rng, double low, double high) { return low + (high - low) * rng_unit(rng); }

/* Four 16-bit uniforms of one draw: mean 2, variance 1/3. One draw a sample is what the second-by-second loop can afford. */
double rng_normal(struct rng *rng)
{
        uint64_t z = rng_next(rng);
        double sum = (double)((z & 0xffff) + (z >> 16 & 0xffff) + (z >> 32 & 0xffff) + (z >> 48)) / 65536.0;
        return (sum - 2.0) * 1.7320508;
}

bool rng_chance(struct rng *rng, double probability) { return rng_unit(rng) < probability; }

/* Parks and bays near the middle of towns; the athletes are invented, the places are public. */
static const struct place places[] = {
        { "Girona", "Spain", "Europe/Madrid", 41.9794, 2.8214, 75.0, 1.2, 15.5, 8.5, 41.8440, 3.1300 },
        { "Boulder", "United States", "America/Denver", 40.0150, -105.2705, 1624.0, 1.3, 11.0, 12.0, 40.0770, -105.2180 },
        { "Cascais", "Portugal", "Europe/Lisbon", 38.6979, -9.4215, 20.0, 0.9, 16.8, 5.5, 38.6900, -9.4080 },
        { "Zug", "Switzerland", "Europe/Zurich", 47.1662, 8.5155, 425.0, 1.1, 10.0, 9.5, 47.1500, 8.4900 },
        { "Melbourne", "Australia", "Australia/Melbourne", -37.8400, 144.9800, 15.0, 0.6, 15.0, -5.5, -37.8720, 144.9650 },
        { "Copenhagen", "Denmark", "Europe/Copenhagen", 55.6761, 12.5683, 8.0, 0.4, 9.0, 8.5, 55.6600, 12.6450 },
};

static const char *const women[] = { "Ada", "Ines", "Maya", "Freya", "Lena", "Noor", "Sofia", "Tilda" };
static const char *const men[] = { "Jonas", "Emil", "Mateo", "Ravi", "Hugo", "Tomas", "Olu", "Kenji" };
static const char *const last_names[] = { "Example", "Sample", "Model", "Pattern", "Testa", "Muster", "Ejemplo", "Probe" };

struct persona persona_make(uint64_t seed, int number)
{
        struct rng rng = rng_of(seed, (uint64_t)number, 0x617468);
        bool woman = rng_chance(&rng, 0.5);
        double talent = rng_range(&rng, 0.9, 1.12), size = woman ? 0.92 : 1.0;
        struct persona p = {
                .kind = (enum persona_kind)((number - 1) % PERSONA_KINDS),
                .seed = rng_next(&rng),
                .number = number,
                .first_name = woman ? women[rng_next(&rng) % SAI_COUNT(women)] : men[rng_next(&rng) % SAI_COUNT(men)],
                .last_name = last_names[rng_next(&rng) % SAI_COUNT(last_names)],
                .sex = woman ? "F" : "M",
                .home = &places[(size_t)(number - 1) % SAI_COUNT(places)],
                .weight_kg = (woman ? 59.0 : 73.0) + rng_range(&rng, -7.0, 9.0),
                .max_heartrate = rng_range(&rng, 178.0, 196.0),
                .rest_heartrate = rng_range(&rng, 42.0, 56.0),
                .run_threshold = 3.75 * talent * size,
                .ride_power = 255.0 * talent * (woman ? 0.78 : 1.0),
                .swim_threshold = 1.12 * talent * (woman ? 0.97 : 1.0),
                .week_hours = rng_range(&rng, 5.5, 8.5),
                .birth_year = 1978 + (int)(rng_next(&rng) % 16),
        };
        if (p.kind == PERSONA_SWIMMER)
                p.swim_threshold *= 1.16;
        if (p.kind == PERSONA_CYCLIST) {
                p.ride_power *= 1.1;
                p.week_hours *= 1.25;
        }
        return p;
}
