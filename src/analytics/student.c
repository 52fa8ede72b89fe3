/* student.c -- Student's t distribution through the regularised incomplete beta function (18.1). */
#include "analytics/analytics_internal.h"
#include "analytics/trend.h"
#include <float.h>
#include <math.h>

/* Continued fraction of the incomplete beta function, by Lentz's method. */
static double beta_fraction(double a, double b, double x)
{
        const double tiny = 1e-300;
        double c = 1, d = 1 - (a + b) * x / (a + 1);
        d = 1 / (fabs(d) < tiny ? tiny : d);
        double f = d;
        for (int m = 1; m <= 500; m++) {
                double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
                double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
                double step = 1;
                for (int k = 0; k < 2; k++) {
                        double term = k == 0 ? even : odd;
                        d = 1 + term * d;
                        d = 1 / (fabs(d) < tiny ? tiny : d);
                        c = 1 + term / c;
                        c = fabs(c) < tiny ? tiny : c;
                        step = c * d;
                        f *= step;
                }
                if (fabs(step - 1) < 4 * DBL_EPSILON)
                        break;
        }
        return f;
}

static double log_gamma(double x)
{
        int sign; /* lgamma() would write the process-wide signgam */
        return lgamma_r(x, &sign);
}

static double incomplete_beta(double a, double b, double x)
{
        if (x <= 0)
                return 0;
        if (x >= 1)
                return 1;
        double front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x));
        if (x < (a + 1) / (a + b + 2))
                return front * beta_fraction(a, b, x) / a;
        return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double student_t_cdf(double t, double df)
{
        if (isnan(t) || !(df > 0))
                return ABSENT;
        double tail = 0.5 * incomplete_beta(df / 2, 0.5, df / (df + t * t));
        return t > 0 ? 1 - tail : tail;
}

double student_t_quantile(double p, double df)
{
        if (!(p > 0 && p < 1) || !(df > 0))
                return ABSENT;
        if (p < 0.5)
                return -student_t_quantile(1 - p, df);
        /* The distribution function is concave above 0, so that Newton's steps from 0 rise to the answer and never pass it. */
        double log_scale = log_gamma((df + 1) / 2) - log_gamma(df / 2) - 0.5 * log(df * M_PI), t = 0;
        for (int i = 0; i < 200; i++) {
                double density = exp(log_scale - (df + 1) / 2 * log1p(t * t / df));
                double step = (p - student_t_cdf(t, df)) / density;
                t += step;
                if (fabs(step) <= 1e-13 * (1 + t))
                        break;
        }
        return t;
}
