// Map: the profile in the plane of two parameters, and the regions inside a level.

// Axes that hold what is allowed at 99 % CL, with ends that jump in steps, so that a region is seen
// to shrink and to grow.
function mapAxis(problem, parameter, n) {
  const { intervals } = intervalsOf(problem, parameter, likelihoodRise("delta-chi2", 0.99));
  const far = intervals.flat().map((x) => Math.abs(physicalOf(parameter, x) - parameter.origin));
  const reach = 1.25 * Math.max(...far);
  const unit = 10 ** Math.floor(Math.log10(reach));
  const steps = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
  const end = unit * steps.find((step) => step * unit >= reach * (1 - 1e-12));
  const low = parameter.bounded ? 0 : -end;
  return Array.from({ length: n }, (_, i) => parameter.origin + low + ((end - low) * i) / (n - 1));
}

// -2 ln L at the points of a grid, row by row, to 1e-6 or better; a generator that gives each row.
function* mapRows(problem, first, second, xs, ys) {
  let start;
  for (const y of ys) {
    const row = new Float64Array(xs.length);
    let from = start;
    xs.forEach((x, k) => {
      const found = problem.profiled(new Map([
        [first.fitted, scaledOf(first, x)], [second.fitted, scaledOf(second, y)],
      ]), from, 1e-6);
      row[k] = found.converged ? found.value : NaN;
      from = found.x;
      if (k === 0) start = found.x;
    });
    yield row;
  }
}

// Outline of where values are below a level, and that region, as paths in units of cells; straight
// lines between the points where edges of cells cross the level.
function regionPaths(rows, level) {
  const lines = [], areas = [];
  for (let j = 0; j + 1 < rows.length; j++) {
    for (let i = 0; i + 1 < rows[j].length; i++) {
      const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
      const heights = corners.map(([a, b]) => rows[b][a] - level);
      if (heights.some(Number.isNaN)) continue;
      const area = [], edge = [];
      corners.forEach(([x, y], k) => {
        const [nx, ny] = corners[(k + 1) % 4], h = heights[k], nh = heights[(k + 1) % 4];
        if (h <= 0) area.push([x, y]);
        if (h <= 0 !== nh <= 0) {
          const t = h / (h - nh), point = [x + t * (nx - x), y + t * (ny - y)];
          area.push(point);
          edge.push(point);
        }
      });
      if (area.length > 2) areas.push(area);
      for (let k = 0; k + 1 < edge.length; k += 2) lines.push([edge[k], edge[k + 1]]);
    }
  }
  return { lines, areas };
}

// Height at any point of a grid, between its points linearly.
function heightAt(rows, i, j) {
  const a = Math.min(Math.floor(i), rows[0].length - 2), b = Math.min(Math.floor(j), rows.length - 2);
  const u = i - a, v = j - b;
  return (1 - v) * ((1 - u) * rows[b][a] + u * rows[b][a + 1])
    + v * ((1 - u) * rows[b + 1][a] + u * rows[b + 1][a + 1]);
}

// Ends of the region below a level on each axis, in units of cells; null where there is none.
function extentOf(rows, level) {
  const { lines, areas } = regionPaths(rows, level);
  const points = [...lines.flat(), ...areas.flat()];
  if (!points.length) return null;
  return [0, 1].map((k) => [Math.min(...points.map((p) => p[k])), Math.max(...points.map((p) => p[k]))]);
}
