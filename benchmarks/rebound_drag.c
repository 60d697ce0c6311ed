/* SPDX-License-Identifier: BSD-3-Clause
 * REBOUND's IAS15 on the planar Hill problem with drag: the force, and a loop over cases. */
#include <math.h>
#include <stdint.h>
#include "rebound.h"

static double gm, w, drag, height, radius2;
static int watch;
static double rv_old, r2_old;

static void force(struct reb_simulation* const r) {
    struct reb_particle* const p = &r->particles[0];
    const double r2 = p->x*p->x + p->y*p->y, d = sqrt(r2);
    const double pull = gm/(r2*d);
    const double k = drag*exp(-d/height)*sqrt(p->vx*p->vx + p->vy*p->vy);
    p->ax = 2.0*w*p->vy + 3.0*w*w*p->x - pull*p->x - k*p->vx;
    p->ay = -2.0*w*p->vx - pull*p->y - k*p->vy;
    p->az = 0.0;
}

/* Stop after a step that ends below the surface or may have dipped below it. */
static void look(struct reb_simulation* const r) {
    if (r->steps_done > 200000) r->status = REB_STATUS_GENERIC_ERROR;   /* stuck */
    if (!watch) return;
    const struct reb_particle p = r->particles[0];
    const double r2 = p.x*p.x + p.y*p.y, rv = p.x*p.vx + p.y*p.vy;
    int stop = r2 < radius2;
    if (rv_old < 0.0 && rv > 0.0) {   /* r^2 lies above its tangents at both ends */
        const double t = (r2 - r2_old - 2.0*rv*r->dt_last_done)/(2.0*(rv_old - rv));
        stop = stop || r2_old + 2.0*rv_old*t < radius2;
    }
    rv_old = rv;
    r2_old = r2;
    if (stop) r->status = REB_STATUS_USER;
}

/* Newton's method for r = R (or for the pericentre), integrating to and fro. */
static void go_to(struct reb_simulation* const r, int pericentre) {
    for (int i = 0; i < 12; i++) {
        const struct reb_particle p = r->particles[0];
        const double d = sqrt(p.x*p.x + p.y*p.y), rv = p.x*p.vx + p.y*p.vy;
        const double v2 = p.vx*p.vx + p.vy*p.vy;
        const double change = pericentre ? -rv/(v2 - gm/d) : (sqrt(radius2) - d)*d/rv;
        if (fabs(change) < 1e-15) return;
        r->status = REB_STATUS_RUNNING;
        reb_simulation_integrate(r, r->t + change);
    }
}

/* out: t, x, y, u, v, fell, steps per case. */
void solve(const double* c, double t_max, double eps, int n, const double* u, const double* v,
           double* out) {
    gm = c[0]; w = c[1]; drag = c[2]; height = c[3]; radius2 = c[4]*c[4];
    for (int i = 0; i < n; i++) {
        struct reb_simulation* r = reb_simulation_create();
        struct reb_integrator_ias15_state* ias = reb_simulation_set_integrator(r, "ias15");
        ias->epsilon = eps;
        r->gravity = REB_GRAVITY_NONE;
        r->additional_forces = force;
        r->force_is_velocity_dependent = 1;
        r->heartbeat = look;
        r->save_messages = 1;
        r->dt = 1e-4;
        struct reb_particle p = {0};
        p.x = c[5]; p.vx = u[i]; p.vy = v[i];
        reb_simulation_add(r, p);
        int fell = 0;
        rv_old = p.x*p.vx;
        r2_old = p.x*p.x;
        double steps = 0.0;
        while (r->t < t_max && !fell) {
            watch = 1;
            r->status = REB_STATUS_RUNNING;
            const double dt = r->dt;
            if (reb_simulation_integrate(r, t_max) != REB_STATUS_USER) break;
            steps = r->steps_done;
            watch = 0;
            p = r->particles[0];
            if (p.x*p.x + p.y*p.y >= radius2) {
                const struct reb_particle after = p;
                const double t = r->t, next = r->dt;
                go_to(r, 1);
                p = r->particles[0];
                if (p.x*p.x + p.y*p.y >= radius2) {   /* it passed above */
                    r->particles[0] = after;
                    r->t = t;
                    r->dt = next;
                    continue;
                }
                r->dt = dt;
            }
            /* from below, back to where it came in: r falls there, so start before the pericentre */
            for (int back = 0; back < 50; back++) {
                p = r->particles[0];
                if (p.x*p.vx + p.y*p.vy < 0.0) break;
                r->status = REB_STATUS_RUNNING;
                reb_simulation_integrate(r, r->t - 0.02*sqrt(radius2)/sqrt(p.vx*p.vx + p.vy*p.vy));
            }
            go_to(r, 0);
            fell = 1;
        }
        p = r->particles[0];
        if (!fell) steps = r->steps_done;
        const double row[7] = {r->t, p.x, p.y, p.vx, p.vy, fell, steps};
        for (int k = 0; k < 7; k++) out[7*i + k] = row[k];
        reb_simulation_free(r);
    }
}
