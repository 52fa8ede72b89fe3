/* fit_plan.c -- what a record definition means for the columns.
 *
 * The order of the steps is the order of trust: a later valid value replaces an earlier one, so developers' stand-ins for a native
 * field come first, the plain field after them and the enhanced one last. The packed speed-and-distance field of old running watches
 * goes before the plain fields. Cadence's fraction is added to whatever cadence there is. */
#include "files/fit_frame.h"
#include "model/streams.h"

struct target {
        uint8_t field;
        uint8_t order; /* of the step: lower runs first */
        uint8_t column;
        uint8_t kind;
        double factor, divisor, offset;
};

#define SEMICIRCLE (180.0 / 2147483648.0)

enum { HEARTRATE_FIELD = 3, SPEED_DISTANCE_FIELD = 8, SPEED_DISTANCE_SIZE = 3 };
enum { ORDER_DEVELOPER, ORDER_PACKED, ORDER_PLAIN, ORDER_ENHANCED, ORDER_FRACTION, ORDERS };

static const struct target targets[] = {
        { 0, ORDER_PLAIN, STREAM_LATITUDE, FIT_TAKE_INTEGER, SEMICIRCLE, 1, 0 },
        { 1, ORDER_PLAIN, STREAM_LONGITUDE, FIT_TAKE_INTEGER, SEMICIRCLE, 1, 0 },
        { 2, ORDER_PLAIN, STREAM_ALTITUDE, FIT_TAKE_INTEGER, 1, 5, 500 },
        { HEARTRATE_FIELD, ORDER_PLAIN, STREAM_HEARTRATE, FIT_TAKE_INTEGER, 1, 1, 0 },
        { 4, ORDER_PLAIN, STREAM_CADENCE, FIT_TAKE_INTEGER, 1, 1, 0 },
        { 5, ORDER_PLAIN, STREAM_DISTANCE, FIT_TAKE_INTEGER, 1, 100, 0 },
        { 6, ORDER_PLAIN, STREAM_VELOCITY, FIT_TAKE_INTEGER, 1, 1000, 0 },
        { 7, ORDER_PLAIN, STREAM_WATTS, FIT_TAKE_INTEGER, 1, 1, 0 },
        { SPEED_DISTANCE_FIELD, ORDER_PACKED, STREAM_DISTANCE, FIT_TAKE_SPEED_DISTANCE, 1, 16, 0 },
        { 13, ORDER_PLAIN, STREAM_TEMP, FIT_TAKE_INTEGER, 1, 1, 0 },
        { 52, ORDER_PACKED, STREAM_CADENCE, FIT_TAKE_INTEGER, 1, 256, 0 },
        { 53, ORDER_FRACTION, STREAM_CADENCE, FIT_ADD_INTEGER, 1, 128, 0 },
        { 73, ORDER_ENHANCED, STREAM_VELOCITY, FIT_TAKE_INTEGER, 1, 1000, 0 },
        { 78, ORDER_ENHANCED, STREAM_ALTITUDE, FIT_TAKE_INTEGER, 1, 5, 500 },
};

static const struct target *target_of(uint8_t field)
{
        for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
                if (targets[i].field == field)
                        return &targets[i];
        }
        return NULL;
}

static struct fit_op *add_op(struct fit_definition *definition, const struct target *target, uint32_t at)
{
        if (definition->op_count == FIT_MAX_RECORD_OPS || at > UINT16_MAX)
                return NULL;
        struct fit_op *op = &definition->ops[definition->op_count++];
        definition->columns |= 1u << target->column;
        if (target->kind == FIT_TAKE_SPEED_DISTANCE)
                definition->columns |= 1u << STREAM_VELOCITY;
        *op = (struct fit_op) { .at = (uint16_t)at,
                                .kind = target->kind,
                                .column = target->column,
                                .factor = target->factor,
                                .divisor = target->divisor,
                                .offset = target->offset };
        return op;
}

static void add_number(struct fit_definition *definition, const struct target *target, uint32_t at, uint8_t size,
                       uint8_t base_type)
{
        const struct fit_base *base = fit_base_find(base_type);
        /* No channel needs an integer of eight bytes; leaving them out keeps the arithmetic signed. */
        if (!base || size % base->size != 0 || (base->size == 8 && !base->is_float))
                return;
        struct fit_op *op = add_op(definition, target, at);
        if (!op)
                return;
        op->shift = (uint8_t)(64 - 8 * base->size);
        op->is_signed = base->is_signed;
        op->lowest = base->lowest;
        op->span = base->span;
        if (base->is_float)
                op->kind = FIT_TAKE_FLOAT;
        /* 0 bpm is a strap without contact, whatever the base type says. */
        if (target->column == STREAM_HEARTRATE && base->lowest == 0) {
                op->lowest = 1;
                op->span = base->span - 1;
        }
}

static void add_developer(const struct fit_walk *walk, struct fit_definition *definition, const uint8_t *field, uint32_t at)
{
        if (field[2] >= FIT_DEVELOPERS)
                return;
        const struct fit_native_field *native = &walk->natives[field[2]][field[0]];
        const struct target *target = native->known ? target_of(native->field) : NULL;
        if (!target || target->kind != FIT_TAKE_INTEGER || target->column == STREAM_LATITUDE ||
            target->column == STREAM_LONGITUDE)
                return;
        /* A developer's number comes in the unit of its description: scaled by its own scale, never by the profile's. */
        struct target own = *target;
        own.divisor = native->scale > 0 ? native->scale : 1;
        own.offset = native->offset;
        add_number(definition, &own, at, field[1], native->base_type);
}

static void add_native(struct fit_definition *definition, unsigned order, const uint8_t *field, uint32_t at)
{
        const struct target *target = target_of(field[0]);
        if (!target || target->order != order)
                return;
        if (target->kind == FIT_TAKE_SPEED_DISTANCE) {
                if (field[1] == SPEED_DISTANCE_SIZE)
                        add_op(definition, target, at);
        } else {
                add_number(definition, target, at, field[1], field[2]);
        }
}

void fit_plan_record(const struct fit_walk *walk, struct fit_definition *definition)
{
        uint32_t developer_at = 0;
        for (unsigned i = 0; i < definition->field_count; i++)
                developer_at += definition->fields[i * 3 + 1];
        for (unsigned i = 0; i < definition->developer_count; i++) {
                const uint8_t *field = definition->developer + (size_t)i * 3;
                add_developer(walk, definition, field, developer_at);
                developer_at += field[1];
        }
        for (unsigned order = ORDER_PACKED; order < ORDERS; order++) {
                uint32_t at = 0;
                for (unsigned i = 0; i < definition->field_count; i++) {
                        const uint8_t *field = definition->fields + (size_t)i * 3;
                        add_native(definition, order, field, at);
                        at += field[1];
                }
        }
}
