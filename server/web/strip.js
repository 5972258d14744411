/**
 * The live strip: ten seconds of waveform, pitch and voice activity on one time axis.
 *
 * Manners of Praat: pitch on a logarithmic axis, gaps where unvoiced, no line across them.
 */

/** Milliseconds across the strip. */
export const SHOWN = 10_000;

/** Hertz, the ends of the pitch axis: the range of the server's tracker. */
const LOWEST = 60;
const HIGHEST = 500;
const GRID = [75, 100, 150, 200, 300, 400];

/** Shares of the height. */
const WAVE = { top: 0, bottom: 0.32 };
const PITCH = { top: 0.36, bottom: 0.84 };
const VOICE = { top: 0.88, bottom: 0.97 };

export class Strip {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
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
    const style = getComputedStyle(this.canvas);
    for (const name of ["card", "ink", "quiet", "line", "accent", "wave", "pitch"]) {
      this.colours[name] = style.getPropertyValue(`--${name}`);
    }
    this.stale = true;
  }

  /** @param {number} ms before now, 0 to SHOWN */
  x(ms) {
    return this.width * (1 - ms / SHOWN);
  }

  /** @param {number} hz */
  y(hz) {
    const share = Math.log(hz / LOWEST) / Math.log(HIGHEST / LOWEST);
    return this.height * (PITCH.bottom - share * (PITCH.bottom - PITCH.top));
  }

  /** @param {import("./timeline.js").Timeline} timeline */
  draw(timeline) {
    this.stale = false;
    this.pen.clearRect(0, 0, this.width, this.height);
    this.#grid();
    this.#wave(timeline);
    this.#pitch(timeline);
    this.#activity(timeline);
  }

  #grid() {
    const { pen, colours, width } = this;
    pen.font = "11px system-ui, sans-serif";
    pen.lineWidth = 1;
    for (const hz of GRID) {
      pen.fillStyle = colours.line;
      pen.fillRect(0, Math.round(this.y(hz)), width, 1);
      pen.fillStyle = colours.quiet;
      pen.fillText(hz === GRID[GRID.length - 1] ? `${hz} Hz` : `${hz}`, 2, this.y(hz) - 3);
    }
    for (let second = 1; second < SHOWN / 1000; second++) {
      pen.fillStyle = colours.line;
      pen.fillRect(Math.round(this.x(second * 1000)), this.height * VOICE.bottom, 1, this.height);
    }
  }

  /** @param {import("./timeline.js").Timeline} timeline */
  #wave({ wave, now }) {
    const { pen, height } = this;
    const middle = (height * (WAVE.top + WAVE.bottom)) / 2;
    const reach = (height * (WAVE.bottom - WAVE.top)) / 2;
    pen.fillStyle = this.colours.wave;
    for (const { at, length, low, high } of wave) {
      const x = this.x(now - at);
      // The square root lets a quiet voice be seen beside a loud one.
      const [up, down] = [Math.sqrt(Math.max(0, high)) * reach, Math.sqrt(Math.max(0, -low)) * reach];
      pen.fillRect(x, middle - up, Math.max(1, this.x(now - at - length) - x - 0.3), Math.max(1, up + down));
    }
  }

  /** @param {import("./timeline.js").Timeline} timeline */
  #pitch({ pitch, now, hop }) {
    const { pen } = this;
    pen.strokeStyle = pen.fillStyle = this.colours.pitch;
    pen.lineWidth = 2.5;
    pen.lineJoin = "round";
    pen.beginPath();
    let before = -Infinity;
    for (const { at, hz } of pitch) {
      if (hz === null) continue;
      const [x, y] = [this.x(now - at), this.y(hz)];
      if (at - before <= hop) pen.lineTo(x, y);
      else pen.moveTo(x - 1, y); // a dot's width, so that a single voiced hop shows
      before = at;
    }
    pen.stroke();
  }

  /** @param {import("./timeline.js").Timeline} timeline */
  #activity({ activity, now, window }) {
    const { pen, height } = this;
    const [top, bottom] = [height * VOICE.top, height * VOICE.bottom];
    for (const { from, to, speech, silence } of activity) {
      const [x, width] = [this.x(now - from), ((to - from) / SHOWN) * this.width + 0.5];
      pen.fillStyle = speech ? this.colours.accent : this.colours.quiet;
      // Silence inside an utterance burns down like a fuse: what is left of it is what is left to wait.
      const share = speech ? 1 : silence ? Math.max(0, 1 - silence / window) * 0.6 : 0;
      pen.fillRect(x, bottom - (bottom - top) * share, width, (bottom - top) * share);
    }
    pen.fillStyle = this.colours.line;
    pen.fillRect(0, bottom, this.width, 1);
  }
}
