"use strict";
/* The charts. Each figure names where its numbers are; the server sends as many points as a screen can show. */
(() => {
  const RANGES = [["1 week", 7], ["1 month", 31], ["3 months", 92], ["1 year", 366], ["All", 0]];
  const LINES = {
    points: ["Points", "--accent", 2], hardcore: ["Hardcore", "--hardcore", 2],
    unlocked: ["Unlocked", "--accent", 2], possible: ["Possible", "--soft", 1],
  };
  const SHAPES = { mastered: ["★", "--good"], completed: ["★", "--good"], set_revised: ["◆", "--site"], returned: ["◆", "--site"] };
  const LOST = ["▼", "--bad"];
  const DAY = 86400;
  const zone = document.body.dataset.zone || "UTC";
  const ahead = Number(document.body.dataset.now) - Date.now() / 1000; // the server's clock, before ours
  const now = () => Date.now() / 1000 + ahead;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const form = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options });
  const HOUR = form({ hour: "2-digit", minute: "2-digit" });
  const DATE = form({ day: "numeric", month: "short" });
  const MONTH = form({ month: "short", year: "numeric" });
  const WHOLE = form({ day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
  const said = (format, seconds) => format.format(new Date(seconds * 1000));
  const ticks = (u, splits, axis, space, step) => splits.map((at) => {
    if (step >= 28 * DAY) return said(MONTH, at);
    const hour = said(HOUR, at);
    return step >= DAY || hour === "00:00" ? said(DATE, at) : hour;
  });

  const newest = (values) => values.findLast((v) => v != null);

  const marks = (document_) => (u) => {
    const { ctx, bbox } = u;
    const x = (at) => u.valToPos(at, "x", true);
    const inside = (at) => at >= u.scales.x.min && at <= u.scales.x.max;
    ctx.save();
    ctx.font = `${Math.round(13 * devicePixelRatio)}px sans-serif`;
    ctx.textAlign = "center";
    for (const mark of document_.marks.filter((m) => inside(m.t))) {
      const [shape, name] = SHAPES[mark.kind] || LOST;
      ctx.fillStyle = ctx.strokeStyle = colour(name);
      ctx.globalAlpha = 0.35;
      ctx.fillRect(x(mark.t), bbox.top, devicePixelRatio, bbox.height);
      ctx.globalAlpha = 1;
      ctx.fillText(shape, x(mark.t), bbox.top + 12 * devicePixelRatio);
    }
    ctx.fillStyle = colour("--accent");
    for (const at of (document_.unlocks || []).filter(inside))
      ctx.fillRect(x(at), bbox.top + bbox.height - 7 * devicePixelRatio, devicePixelRatio, 7 * devicePixelRatio);
    ctx.restore();
  };

  const shades = (document_) => (u) => {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.fillStyle = colour("--gap");
    for (const [begin, end] of document_.gaps) {
      const left = Math.max(bbox.left, u.valToPos(begin, "x", true));
      const right = Math.min(bbox.left + bbox.width, u.valToPos(end, "x", true));
      if (right > left) ctx.fillRect(left, bbox.top, Math.max(right - left, 2), bbox.height);
    }
    ctx.restore();
  };

  class Chart {
    constructor(figure) {
      this.figure = figure;
      this.plot = figure.querySelector(".plot");
      this.days = Number(figure.dataset.days);
      this.zoom = null;
      this.buttons(figure.querySelector(".ranges"));
      new ResizeObserver(() => this.u && this.u.setSize(this.size())).observe(this.plot);
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
      this.load();
    }

    buttons(group) {
      group.hidden = false;
      for (const [name, days] of RANGES) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = name;
        button.addEventListener("click", () => this.show(days));
        button.days = days;
        group.append(button);
      }
      this.group = group;
      this.press();
    }

    press() {
      for (const button of this.group.children)
        button.setAttribute("aria-pressed", String(!this.zoom && button.days === this.days));
    }

    show(days) {
      this.days = days;
      this.zoom = null;
      this.press();
      return this.load();
    }

    async load() {
      const url = new URL(this.figure.dataset.chart, location.href);
      const moment = (seconds) => new Date(seconds * 1000).toISOString();
      if (this.zoom) {
        url.searchParams.set("from", moment(this.zoom[0]));
        url.searchParams.set("to", moment(this.zoom[1]));
      } else if (this.days) url.searchParams.set("from", moment(now() - this.days * DAY));
      try {
        const answer = await fetch(url);
        if (!answer.ok) return;
        this.data = await answer.json();
        this.draw();
      } catch { /* the server is away: what is drawn stays, the next look tries again */ }
    }

    size() {
      return { width: Math.max(200, this.plot.clientWidth), height: innerWidth < 700 ? 230 : 300 };
    }

    window() {
      const { t } = this.data;
      const last = t.length ? t[t.length - 1] : now();
      if (this.zoom) return this.zoom;
      const first = t.length ? t[0] : last - DAY;
      const begin = this.days ? Math.max(first, now() - this.days * DAY) : first;
      return [Math.min(begin, last - 60), last];
    }

    draw() {
      if (!this.data) return;
      const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } };
      const stepped = uPlot.paths.stepped({ align: 1 });
      const options = {
        ...this.size(),
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
        legend: { markers: { width: 0, fill: (u, line) => u.series[line].stroke() } },
        scales: { x: { time: true, range: () => this.window() } },
        cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
        hooks: { drawClear: [shades(this.data)], draw: [marks(this.data)], setSelect: [(u) => this.select(u)] },
        axes: [
          { ...axis, values: ticks, space: 70 },
          { ...axis, incrs: [1, 2, 5].flatMap((n) => [...Array(9).keys()].map((e) => n * 10 ** e)).sort((a, b) => a - b),
            values: (u, splits) => splits.map((v) => v.toLocaleString("en")),
            size: (u, values) => 18 + 7 * Math.max(3, ...(values || []).map((v) => v.length)) },
        ],
        series: [
          { label: "At", value: (u, at) => said(WHOLE, at ?? this.data.t.at(-1) ?? now()) },
          ...this.data.lines.map((line) => {
            const [label, name, width] = LINES[line];
            return { label, stroke: colour(name), width, paths: stepped, spanGaps: false, points: { show: false },
              value: (u, v, line, at) => (at == null ? newest(u.data[line]) : v)?.toLocaleString("en") ?? "nobody looked" };
          }),
        ],
      };
      this.u && this.u.destroy();
      this.u = new uPlot(options, [this.data.t, ...this.data.values], this.plot);
      this.u.over.addEventListener("dblclick", () => this.show(this.days));
      const key = this.figure.querySelector(".marks");
      if (key) key.hidden = false;
      this.figure.dataset.drawn = String(this.data.points);
    }

    select(u) {
      const { left, width } = u.select;
      if (width < 5) return;
      this.zoom = [u.posToVal(left, "x"), u.posToVal(left + width, "x")];
      u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
      this.press();
      this.load();
    }
  }

  const charts = [...document.querySelectorAll("[data-chart]")].map((figure) => new Chart(figure));
  document.addEventListener("news", () => charts.forEach((chart) => chart.zoom || chart.load()));
})();
