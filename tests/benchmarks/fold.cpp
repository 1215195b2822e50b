// The fold of ionization and coherent scattering by cumulative moments, by hand: the peer of our kernels.
// A piecewise cubic flux, its moments above each recoil's E_min, and the seven monomials.
#include <cmath>

static void slice(double low, double high, const double *c, double *m) {
    const double width = high - low, total = high + low;
    const double squares = high * high + high * low + low * low;
    const double cubes = total * (high * high + low * low);
    const double log_ratio = std::log1p(width / low);
    m[0] = width * (c[0] + c[1] * total / 2 + c[2] * squares / 3 + c[3] * cubes / 4);
    m[1] = c[0] * log_ratio + width * (c[1] + c[2] * total / 2 + c[3] * squares / 3);
    m[2] = c[0] * width / (low * high) + c[1] * log_ratio + width * (c[2] + c[3] * total / 2);
}

extern "C" void cumulative(int cells, const double *edges, const double *c, double *sum) {
    for (int n = 0; n < 3; ++n) sum[3 * cells + n] = 0;
    for (int i = cells - 1; i >= 0; --i) {
        double m[3];
        slice(edges[i], edges[i + 1], c + 4 * i, m);
        for (int n = 0; n < 3; ++n) sum[3 * i + n] = sum[3 * (i + 1) + n] + m[n];
    }
}

// recoils and e_min must increase together
static void above(int points, const double *e_min, int cells, const double *edges, const double *c,
                  const double *sum, double *m0, double *m1, double *m2) {
    int i = 0;
    for (int k = 0; k < points; ++k) {
        const double e = e_min[k];
        double m[3] = {0, 0, 0};
        if (e >= edges[cells]) {
        } else if (e < edges[0]) {
            for (int n = 0; n < 3; ++n) m[n] = sum[n];
        } else {
            while (edges[i + 1] <= e) ++i;
            slice(e, edges[i + 1], c + 4 * i, m);
            for (int n = 0; n < 3; ++n) m[n] += sum[3 * (i + 1) + n];
        }
        m0[k] = m[0]; m1[k] = m[1]; m2[k] = m[2];
    }
}

extern "C" void electron(int points, const double *t, const double *e_min, int cells,
                         const double *edges, const double *c, double *sum, double *moments,
                         double gv, double ga, double mass, double charge_shift,
                         double radius_shift, double weak, double magnetic, double *out) {
    double *m0 = moments, *m1 = m0 + points, *m2 = m1 + points;
    cumulative(cells, edges, c, sum);
    above(points, e_min, cells, edges, c, sum, m0, m1, m2);
    const double plus = gv + ga, minus = gv - ga;
    for (int k = 0; k < points; ++k) {
        const double y2 = m0[k] - 2 * t[k] * m1[k] + t[k] * t[k] * m2[k];
        const double by_mass = mass * t[k] * m2[k];
        const double constant =
            plus * plus * m0[k] + minus * minus * y2 + (ga * ga - gv * gv) * by_mass;
        const double linear = 2 * (plus * m0[k] + minus * y2 - gv * by_mass);
        const double quadratic = m0[k] + y2 - by_mass, charge = charge_shift / t[k];
        out[k] = weak * constant;
        out[points + k] = magnetic * (m0[k] / t[k] - m1[k]);
        out[2 * points + k] = weak * linear * charge;
        out[3 * points + k] = weak * quadratic * charge * charge;
        out[4 * points + k] = weak * linear * radius_shift;
        out[5 * points + k] = weak * quadratic * radius_shift * radius_shift;
        out[6 * points + k] = weak * quadratic * 2 * charge * radius_shift;
    }
}

extern "C" void nucleus(int points, const double *t, const double *e_min, int cells,
                        const double *edges, const double *c, double *sum, double *moments,
                        const double *w, const double *z, double mass, double spinless,
                        double charge_shift, double radius_shift, double weak, double magnetic,
                        double *out) {
    double *m0 = moments, *m1 = m0 + points, *m2 = m1 + points;
    cumulative(cells, edges, c, sum);
    above(points, e_min, cells, edges, c, sum, m0, m1, m2);
    for (int k = 0; k < points; ++k) {
        const double kin = weak * (m0[k] - t[k] * m1[k] - 0.5 * mass * t[k] * m2[k]);
        const double q = z[k] * charge_shift / t[k], r = z[k] * radius_shift;
        out[k] = kin * w[k] * w[k];
        out[points + k] =
            magnetic * z[k] * z[k] * (m0[k] / t[k] - m1[k] + 0.25 * spinless * t[k] * m2[k]);
        out[2 * points + k] = kin * 2 * w[k] * q;
        out[3 * points + k] = kin * q * q;
        out[4 * points + k] = kin * 2 * w[k] * r;
        out[5 * points + k] = kin * r * r;
        out[6 * points + k] = kin * 2 * q * r;
    }
}
