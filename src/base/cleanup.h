/* cleanup.h -- scope-bound ownership, so that an early return cannot leak. */
#ifndef SAI_BASE_CLEANUP_H
#define SAI_BASE_CLEANUP_H

#define SAI_CLEANUP(fn) __attribute__((cleanup(fn)))

/* Defines fn##_p, which frees what a pointer points at unless it was taken. */
#define SAI_DEFINE_CLEANUP(type, fn)                                                                                             \
        static inline void fn##_p(type **p)                                                                                      \
        {                                                                                                                        \
                if (*p)                                                                                                          \
                        fn(*p);                                                                                                  \
        }

/* Hands the pointer on and leaves NULL behind. */
#define SAI_TAKE(p)                                                                                                              \
        ({                                                                                                                       \
                __typeof__(p) taken_ = (p);                                                                                      \
                (p) = NULL;                                                                                                      \
                taken_;                                                                                                          \
        })

#define SAI_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
