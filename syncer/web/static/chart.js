"use strict";
/* The charts. Each figure names the address of its data; the server sends no more points than a screen can show. */
(() => {
  const RANGES = [["1 week", 7], ["1 month", 31], ["3 months", 92], ["1 year", 366], ["All", 0]];
  const LINES = {
    score_achieved: ["Points", "--accent", 2], score_achieved_hardcore: ["Hardcore", "--hardcore", 2],
    num_achieved: ["Unlocked", "--accent", 2], num_achieved_hardcore: ["Hardcore", "--hardcore", 2],
    num_possible_achievements: ["Set", "--soft", 1],
    first: ["First", "--accent", 2], second: ["Second", "--hardcore", 2], // with the names of players
  };
  const SHAPES = {
    mastered: ["★", "good"], completed: ["★", "good"], "beaten-hardcore": ["●", "good"], "beaten-softcore": ["●", "good"],
    set_revised: ["◆", "site"], returned: ["◆", "site"],
  };
  const LOST = ["▼", "bad"];
  const SHAPES_APART = 22; // pixels; nearer marks become one button
  const DAY = 86400;
  const zone = document.body.dataset.zone || "UTC";
  const clockOffset = Number(document.body.dataset.now) - Date.now() / 1000; // the server's clock minus ours
  const now = () => Date.now() / 1000 + clockOffset;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const format = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options });
  const HOUR = format({ hour: "2-digit", minute: "2-digit" });
  const DATE = format({ day: "numeric", month: "short" });
  const MONTH = format({ month: "short", year: "numeric" });
  const WHOLE = format({ day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
  const formatted = (style, seconds) => style.format(new Date(seconds * 1000));
  /* The first time of an axis of hours has its date: without a midnight in it, nothing else would. */
  const ticks = (u, splits, axis, space, step) => splits.map((at, n) => {
    if (step >= 28 * DAY) return formatted(MONTH, at);
    const hour = formatted(HOUR, at);
    if (step >= DAY || hour === "00:00") return formatted(DATE, at);
    return n === 0 && formatted(DATE, at) !== formatted(DATE, now()) ? `${hour}\n${formatted(DATE, at)}` : hour;
  });

  const lastKnown = (values) => values.findLast((v) => v != null);

  const drawMarks = (data) => (u) => {
    const { ctx, bbox } = u;
    const x = (at) => u.valToPos(at, "x", true);
    const inside = (at) => at >= u.scales.x.min && at <= u.scales.x.max;
    ctx.save();
    ctx.globalAlpha = 0.35;
    for (const mark of data.marks.filter((m) => inside(m.time))) {
      const [, tone] = SHAPES[mark.kind] || LOST;
      ctx.fillStyle = colour(`--${tone}`);
      ctx.fillRect(x(mark.time), bbox.top, devicePixelRatio, bbox.height);
    }
    ctx.globalAlpha = 1;
    for (const { time, gone_at: gone } of (data.unlocks || []).filter((u) => inside(u.time))) {
      // An unlock that the site took back does not reach the axis, so that it differs without its colour, too.
      const top = bbox.top + bbox.height - (gone == null ? 7 : 14) * devicePixelRatio;
      ctx.fillStyle = colour(gone == null ? "--accent" : "--bad");
      ctx.fillRect(x(time), top, devicePixelRatio, (gone == null ? 7 : 5) * devicePixelRatio);
    }
    ctx.restore();
  };

  const shadeGaps = (data) => (u) => {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.fillStyle = colour("--gap");
    for (const [begin, end] of data.gaps) {
      const left = Math.max(bbox.left, u.valToPos(begin, "x", true));
      const right = Math.min(bbox.left + bbox.width, u.valToPos(end, "x", true));
      if (right > left) ctx.fillRect(left, bbox.top, Math.max(right - left, 2), bbox.height);
    }
    ctx.restore();
  };

  /* What is left of the dashed line was not polled, but is rebuilt from the times of unlocks. */
  const shadeRebuilt = (data) => (u) => {
    const { ctx, bbox } = u, at = data.recorded_from;
    if (at == null || at <= u.scales.x.min) return;
    const right = Math.min(bbox.left + bbox.width, u.valToPos(at, "x", true));
    ctx.save();
    ctx.fillStyle = colour("--rebuilt");
    ctx.fillRect(bbox.left, bbox.top, right - bbox.left, bbox.height);
    ctx.strokeStyle = colour("--soft");
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(right, bbox.top);
    ctx.lineTo(right, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  };

  class Chart {
    constructor(figure) {
      this.figure = figure;
      this.plot = figure.querySelector(".plot");
      this.days = Number(figure.dataset.days);
      this.zoom = null;
      this.state = figure.querySelector(".state");
      this.layer = figure.querySelector(".mark-layer");
      this.markText = figure.querySelector(".mark-text");
      this.addButtons(figure.querySelector(".ranges"));
      new ResizeObserver(() => this.u && this.u.setSize(this.size())).observe(this.plot);
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
      this.load();
    }

    addButtons(group) {
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
      this.markPressed();
    }

    markPressed() {
      for (const button of this.group.children)
        button.setAttribute("aria-pressed", String(!this.zoom && button.days === this.days));
    }

    show(days) {
      this.days = days;
      this.zoom = null;
      this.markPressed();
      return this.load();
    }

    async load() {
      const url = new URL(this.figure.dataset.chart, location.href);
      const moment = (seconds) => new Date(seconds * 1000).toISOString();
      if (this.zoom) {
        url.searchParams.set("from", moment(this.zoom[0]));
        url.searchParams.set("to", moment(this.zoom[1]));
      } else if (this.days) url.searchParams.set("from", moment(now() - this.days * DAY));
      this.tell("Loading …");
      try {
        const answer = await fetch(url);
        if (!answer.ok) throw new Error(answer.status);
        this.data = await answer.json();
        this.tell("");
        this.draw();
      } catch { // keep the chart, the next update tries again
        this.tell("The server does not answer: the chart may be out of date.");
      }
    }

    /* Says next to the chart what is going on. */
    tell(text) {
      this.state.textContent = text;
      this.plot.setAttribute("aria-busy", String(text.startsWith("Loading")));
    }

    size() {
      return { width: Math.max(200, this.plot.clientWidth), height: innerWidth < 700 ? 230 : 300 };
    }

    window() {
      const { times } = this.data;
      const last = times.at(-1) ?? now();
      if (this.zoom) return this.zoom;
      // The first point, not the present moment minus the range: time has passed since the request, and the
      // value of a point that is outside by a second does not count for the range of the other axis.
      return [Math.min(times[0] ?? last - DAY, last - 60), last];
    }

    draw() {
      if (!this.data) return;
      const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } };
      const stepped = uPlot.paths.stepped({ align: 1 });
      const options = {
        ...this.size(),
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
        legend: { markers: { width: 0, fill: (u, line) => u.series[line].stroke() } },
        padding: [null, 28, null, null], // half of the last label, which ends at the edge
        scales: { x: { time: true, range: () => this.window() } },
        cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
        hooks: { drawClear: [shadeRebuilt(this.data), shadeGaps(this.data)], draw: [drawMarks(this.data), (u) => this.placeMarks(u)], setSelect: [(u) => this.select(u)] },
        axes: [
          { ...axis, values: ticks, space: 70 },
          { ...axis, incrs: [1, 2, 5].flatMap((n) => [...Array(9).keys()].map((e) => n * 10 ** e)).sort((a, b) => a - b),
            values: (u, splits) => splits.map((v) => v.toLocaleString("en")),
            size: (u, values) => 18 + 7 * Math.max(3, ...(values || []).map((v) => v.length)) },
        ],
        series: [
          { label: "At", value: (u, at) => this.moment(at ?? this.lastPolled()) },
          ...this.data.columns.map((column) => {
            const [label, name, width] = LINES[column];
            return { label: this.data.labels?.[column] ?? label, stroke: colour(name), width, paths: stepped, spanGaps: false, points: { show: this.data.times.length < 3 },
              value: (u, v, line, at) => (at == null ? lastKnown(u.data[line]) : v)?.toLocaleString("en") ?? "not polled" };
          }),
        ],
      };
      this.u && this.u.destroy();
      this.u = new uPlot(options, [this.data.times, ...this.data.values], this.plot);
      this.u.over.addEventListener("dblclick", () => this.show(this.days));
      const key = this.figure.querySelector(".marks");
      if (key) key.hidden = false;
      this.figure.querySelector(".gaps").hidden = !this.data.gaps.length;
      this.figure.querySelector(".rebuilt").hidden = this.data.recorded_from == null;
      this.figure.dataset.drawn = String(this.data.point_count);
    }

    /* A chart may end in a gap: its last points have no value. */
    lastPolled() {
      const { times, values } = this.data;
      return times[values[0].findLastIndex((v) => v != null)] ?? times.at(-1) ?? now();
    }

    moment(at) {
      const rebuilt = this.data.recorded_from != null && at < this.data.recorded_from;
      return formatted(WHOLE, at) + (rebuilt ? " (from unlock times)" : "");
    }

    /* Buttons for the marks: a finger, a mouse, the keyboard and a screen reader can read them. */
    placeMarks(u) {
      if (!this.layer) return;
      const { left, top } = u.over.getBoundingClientRect(), frame = this.layer.getBoundingClientRect();
      const groups = [];
      for (const mark of this.data.marks.filter((m) => m.time >= u.scales.x.min && m.time <= u.scales.x.max)) {
        const x = u.valToPos(mark.time, "x");
        if (groups.length && x - groups.at(-1).x < SHAPES_APART) groups.at(-1).marks.push(mark);
        else groups.push({ x, marks: [mark] });
      }
      this.layer.replaceChildren(...groups.map(({ x, marks }) => {
        const button = document.createElement("button");
        const [shape, tone] = SHAPES[(marks.find((m) => SHAPES[m.kind]?.[1] === "good") ?? marks[0]).kind] || LOST;
        const text = marks.map((m) => `${m.text}, ${formatted(WHOLE, m.time)}`).join("; ");
        button.type = "button";
        button.className = tone;
        button.textContent = shape;
        button.title = text;
        button.setAttribute("aria-label", text);
        button.style.left = `${left - frame.left + x}px`;
        button.style.top = `${top - frame.top}px`;
        for (const event of ["focus", "click", "pointerenter"]) button.addEventListener(event, () => { this.markText.textContent = text; });
        return button;
      }));
    }

    select(u) {
      const { left, width } = u.select;
      if (width < 5) return;
      // In milliseconds, as the request has them: else the first point would lie before the plot.
      this.zoom = [left, left + width].map((at) => Math.floor(u.posToVal(at, "x") * 1000) / 1000);
      u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
      this.markPressed();
      this.load();
    }
  }

  const charts = [...document.querySelectorAll("[data-chart]")].map((figure) => new Chart(figure));
  document.addEventListener("newdata", () => charts.forEach((chart) => chart.zoom || chart.load()));
})();
