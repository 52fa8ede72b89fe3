/* support_internal.h -- what the files of the support share. */
#ifndef TESTS_API_SUPPORT_INTERNAL_H
#define TESTS_API_SUPPORT_INTERNAL_H

#include "support_service.h"

/* Fails the test when the answer is not one that the OpenAPI document promises; keeps that the operation was called. */
void check_promise(struct test_service *s, const char *method, const char *target, const struct reply *reply);

#endif
