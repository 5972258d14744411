/**
 * A strip: waveform, pitch and voice activity on one time axis.
 *
 * Manners of Praat: pitch on a logarithmic axis, gaps where unvoiced, no line across them.
 */

/** Hertz, the ends of the pitch axis: the range of the server's tracker. */
const LOWEST = 60;
const HIGHEST = 500;
const GRID = [75, 100, 150, 200, 300, 400];
/** Octaves in a hop: a voice glides by half of that at most, so what leaps further isn't joined either. */
const LEAP = 0.2;

/**
 * What lies where: `shown` milliseconds across, and for each lane its top and bottom as shares of the height.
 * @typedef {{shown: number, wave: [number, number], pitch: [number, number], voice?: [number, number]}} Layout
 */

/** @type {Layout} */
const LIVE = { shown: 10_000, wave: [0, 0.32], pitch: [0.36, 0.84], voice: [0.88, 0.97] };

/** @typedef {Pick<import("./timeline.js").Timeline, "wave" | "pitch" | "now" | "hop">} Sounds */

export class Strip {
  /** @param {HTMLCanvasElement} canvas @param {Layout} [layout] */
  constructor(canvas, layout = LIVE) {
    this.canvas = canvas;
    this.layout = layout;
    this.pen = canvas.getContext("2d");
    this.width = this.height = 0;
    /** @type {Record<string, string>} */
    this.colours = {};
    new ResizeObserver(() => this.fit()).observe(canvas);
    this.fit();
  }

  /** Match the canvas to its place on the page, the screen's density and the theme. */
  fit() {
    const { clientWidth, clientHeight } = this.canvas;
    [this.width, this.height] = [clientWidth, clientHeight];
    [this.canvas.width, this.canvas.height] = [clientWidth * devicePixelRatio, clientHeight * devicePixelRatio];
    this.pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    for (const name of ["ink", "quiet", "line", "accent", "wave", "pitch"]) {
      // By way of a real property: a custom one would give the formula, light-dark(…), and not its colour.
      this.canvas.style.color = `var(--${name})`;
      this.colours[name] = getComputedStyle(this.canvas).color;
    }
    this.stale = true;
  }

  /** @param {number} ms before now */
  x(ms) {
    return this.width * (1 - ms / this.layout.shown);
  }

  /** @param {number} hz */
  y(hz) {
    const share = Math.log(hz / LOWEST) / Math.log(HIGHEST / LOWEST);
    const [top, bottom] = this.layout.pitch;
    return this.height * (bottom - share * (bottom - top));
  }

  /** @param {import("./timeline.js").Timeline | Sounds} timeline */
  draw(timeline) {
    this.stale = false;
    this.pen.clearRect(0, 0, this.width, this.height);
    this.#grid();
    this.#wave(timeline);
    this.#pitch(timeline);
    if (this.layout.voice && "activity" in timeline) this.#activity(timeline, this.layout.voice);
  }

  /** Mark a place. @param {number} ms from the strip's beginning */
  mark(ms) {
    this.pen.fillStyle = this.colours.ink;
    this.pen.fillRect(Math.min((ms / this.layout.shown) * this.width, this.width - 2), 0, 2, this.height);
  }

  #grid() {
    const { pen, colours, width } = this;
    pen.font = "11px system-ui, sans-serif";
    pen.lineWidth = 1;
    for (const hz of GRID) {
      pen.fillStyle = colours.line;
      pen.fillRect(0, Math.round(this.y(hz)), width, 1);
      pen.fillStyle = colours.quiet;
      if (this.layout.voice) pen.fillText(hz === GRID.at(-1) ? `${hz} Hz` : `${hz}`, 2, this.y(hz) - 3);
    }
    pen.fillStyle = colours.line;
    for (let ms = 1000; ms < this.layout.shown; ms += 1000) {
      pen.fillRect(Math.round(this.x(ms)), this.height * 0.97, 1, this.height);
    }
  }

  /** @param {Sounds} sounds */
  #wave({ wave, now }) {
    const { pen, height } = this;
    const [top, bottom] = this.layout.wave;
    const [middle, reach] = [(height * (top + bottom)) / 2, (height * (bottom - top)) / 2];
    pen.fillStyle = this.colours.wave;
    for (const { at, length, low, high } of wave) {
      if (now - at > this.layout.shown) continue;
      const x = this.x(now - at);
      // The square root lets a quiet voice be seen beside a loud one.
      const [up, down] = [Math.sqrt(Math.max(0, high)) * reach, Math.sqrt(Math.max(0, -low)) * reach];
      pen.fillRect(x, middle - up, Math.max(1, this.x(now - at - length) - x - 0.3), Math.max(1, up + down));
    }
  }

  /** @param {Sounds} sounds */
  #pitch({ pitch, now, hop }) {
    const { pen } = this;
    pen.strokeStyle = pen.fillStyle = this.colours.pitch;
    pen.lineWidth = 2.5;
    pen.lineJoin = "round";
    pen.beginPath();
    let last = { at: -Infinity, hz: 1 };
    for (const { at, hz } of pitch) {
      if (hz === null || now - at > this.layout.shown) continue;
      const [x, y] = [this.x(now - at), this.y(hz)];
      const glides = at - last.at <= hop && Math.abs(Math.log2(hz / last.hz)) < LEAP;
      if (!glides) pen.moveTo(x - 1, y); // a dot's width, so that a single voiced hop shows
      pen.lineTo(x, y);
      last = { at, hz };
    }
    pen.stroke();
  }

  /** @param {import("./timeline.js").Timeline} timeline @param {[number, number]} lane */
  #activity({ activity, now, window }, lane) {
    const { pen, height } = this;
    const [top, bottom] = lane.map((share) => share * height);
    for (const { from, to, speech, silence } of activity) {
      const [x, width] = [this.x(now - from), this.x(now - to) - this.x(now - from) + 0.5];
      pen.fillStyle = speech ? this.colours.accent : this.colours.quiet;
      // Silence inside an utterance burns down like a fuse: what is left of it is what is left to wait.
      const share = speech ? 1 : silence ? Math.max(0, 1 - silence / window) * 0.6 : 0;
      pen.fillRect(x, bottom - (bottom - top) * share, width, (bottom - top) * share);
    }
    pen.fillStyle = this.colours.line;
    pen.fillRect(0, bottom, this.width, 1);
  }
}
