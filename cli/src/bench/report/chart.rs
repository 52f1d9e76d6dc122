//! A chart of lines as SVG.

use plotters::coord::Shift;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::failure::Failure;
use crate::terminal::thousands;

const SIZE: (u32, u32) = (860, 480);
const LEFT: i32 = 24;
const TITLE_TOP: i32 = 20;
const NOTE_TOP: i32 = 46;
const MARGIN_TOP: u32 = 84;
/// Room for the names of the lines, which stand at their ends.
const MARGIN_RIGHT: u32 = 190;
const MARGIN_BOTTOM: u32 = 12;
const X_LABELS: u32 = 48;
const Y_LABELS: u32 = 84;
/// Where the horizontal axis is.
const AXIS: i32 = SIZE.1 as i32 - (X_LABELS + MARGIN_BOTTOM) as i32;
const LINE_HEIGHT: i32 = 18;
/// With so many ends of decades, there are ticks within them too.
const FEW_DECADES: usize = 3;
const FONT: &str = "sans-serif";
const INK: RGBColor = RGBColor(0x22, 0x26, 0x2b);
const FAINT: RGBColor = RGBColor(0x6a, 0x71, 0x7a);
const GRID: RGBColor = RGBColor(0xe6, 0xe8, 0xeb);
/// Colors that can be told apart by nearly everyone (Okabe and Ito).
const COLORS: [RGBColor; 4] =
    [RGBColor(0x00, 0x72, 0xb2), RGBColor(0xd5, 0x5e, 0x00), RGBColor(0x00, 0x9e, 0x73), RGBColor(0xa3, 0x4f, 0x86)];

/// An axis with its ticks.
#[derive(Clone)]
pub(super) struct Axis {
    pub(super) title: &'static str,
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) ticks: Vec<f64>,
    /// The text at a tick.
    pub(super) text: fn(f64) -> String,
}

impl Axis {
    /// From 0 to at least `most`, with a handful of round ticks.
    pub(super) fn from_zero(title: &'static str, most: f64) -> Self {
        let most = if most.is_finite() && most > 0.0 { most } else { 1.0 };
        let power = 10_f64.powf((most / 5.0).log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| most / step <= 5.0);
        let step = step.unwrap_or(power * 10.0);
        let count = (most / step).ceil() as u32;
        let ticks: Vec<f64> = (0..=count).map(|tick| f64::from(tick) * step).collect();
        Self { title, from: 0.0, to: f64::from(count) * step, ticks, text: number }
    }

    /// Over the decimal logarithms of numbers between these two, which it covers with its ticks.
    pub(super) fn of_logarithms(title: &'static str, least: f64, most: f64) -> Self {
        let ends = [least, most].map(|value| if value.is_finite() && value >= 1.0 { value.log10() } else { 0.0 });
        let (from, to) = (ends[0].floor(), ends[1].floor() + 1.0);
        let decades: Vec<f64> = (from as i32..=to as i32).map(f64::from).collect();
        let between = |decade: &f64| [2.0_f64, 5.0].map(|factor| decade + factor.log10());
        let mut ticks = decades.clone();
        if decades.len() <= FEW_DECADES {
            ticks.extend(decades.iter().flat_map(between).filter(|tick| *tick < to));
        }
        Self { title, from, to, ticks, text: number_of_logarithm }
    }
}

/// As people read it.
pub(super) fn number(value: f64) -> String {
    let whole = (value - value.round()).abs() < 1e-9;
    if whole || value >= 100.0 {
        thousands(value.round() as u64)
    } else {
        format!("{value:.2}").trim_end_matches('0').to_owned()
    }
}

/// The same, of the number with this decimal logarithm.
pub(super) fn number_of_logarithm(logarithm: f64) -> String {
    thousands(10_f64.powf(logarithm).round() as u64)
}

/// Values are spread evenly over the axis, with labels at the ticks.
impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (low, high): (i32, i32)) -> i32 {
        low + ((value - self.from) / (self.to - self.from) * f64::from(high - low)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() { Vec::new() } else { self.ticks.clone() }
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.from..self.to
    }
}

impl ValueFormatter<f64> for Axis {
    fn format(value: &f64) -> String {
        value.to_string()
    }

    fn format_ext(&self, value: &f64) -> String {
        (self.text)(*value)
    }
}

/// A line, with its name at its end.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
    /// Points to mark with a circle.
    pub(super) marked: Vec<(f64, f64)>,
}

/// A chart.
pub(super) struct Chart {
    pub(super) title: String,
    pub(super) note: String,
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) lines: Vec<Line>,
}

type Area<'s> = DrawingArea<SVGBackend<'s>, Shift>;
type Drawing<T> = Result<T, DrawingAreaErrorKind<<SVGBackend<'static> as DrawingBackend>::ErrorType>>;

impl Chart {
    /// The chart as SVG.
    pub(super) fn draw(&self) -> Result<String, Failure> {
        let mut svg = String::new();
        let drawn = self.draw_on(&SVGBackend::with_string(&mut svg, SIZE).into_drawing_area());
        drawn.map_err(|error| Failure::Broken(format!("cannot draw {}: {error}; please report it", self.title)))?;
        Ok(svg)
    }

    fn draw_on(&self, area: &Area<'_>) -> Drawing<()> {
        area.fill(&WHITE)?;
        let title = (FONT, 19).into_font().style(FontStyle::Bold).color(&INK);
        area.draw(&Text::new(self.title.as_str(), (LEFT, TITLE_TOP), title))?;
        area.draw(&Text::new(self.note.as_str(), (LEFT, NOTE_TOP), style(&FAINT)))?;

        let mut builder = ChartBuilder::on(area);
        builder.margin_top(MARGIN_TOP).margin_right(MARGIN_RIGHT).margin_bottom(MARGIN_BOTTOM);
        builder.x_label_area_size(X_LABELS).y_label_area_size(Y_LABELS);
        let mut chart = builder.build_cartesian_2d(self.x.clone(), self.y.clone())?;
        let mut mesh = chart.configure_mesh();
        mesh.disable_x_mesh().bold_line_style(GRID).light_line_style(TRANSPARENT).axis_style(GRID);
        mesh.label_style(style(&FAINT)).axis_desc_style(style(&FAINT)).x_desc(self.x.title);
        mesh.draw()?;

        let mut names = Vec::new();
        for (line, color) in self.lines.iter().zip(COLORS.iter().cycle()) {
            chart.draw_series(LineSeries::new(line.points.iter().copied(), color.stroke_width(2)))?;
            let circle = |point: &(f64, f64)| Circle::new(*point, 4, color.filled());
            chart.draw_series(line.marked.iter().map(circle))?;
            if let Some(end) = line.points.last() {
                let (x, y) = chart.backend_coord(end);
                names.push(Name { text: &line.name, color: *color, x: x + 12, y });
            }
        }
        spread(&mut names);
        for Name { text, color, x, y } in names {
            area.draw(&Text::new(text, (x, y), style(&color).pos(Pos::new(HPos::Left, VPos::Center))))?;
        }
        area.present()
    }
}

fn style(color: &RGBColor) -> TextStyle<'_> {
    TextStyle::from((FONT, 14).into_font()).color(color)
}

/// The name of a line at its end.
struct Name<'n> {
    text: &'n str,
    color: RGBColor,
    x: i32,
    y: i32,
}

/// Moves names apart that would stand on each other.
fn spread(names: &mut [Name<'_>]) {
    names.sort_by_key(|name| name.y);
    for above in 1..names.len() {
        let free = names[above - 1].y + LINE_HEIGHT;
        names[above].y = names[above].y.max(free);
    }
    // What was moved below the axis is moved up again.
    let mut lowest = AXIS;
    for name in names.iter_mut().rev() {
        name.y = name.y.min(lowest);
        lowest = name.y - LINE_HEIGHT;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_a_round_number_with_a_handful_of_ticks() {
        for (most, to) in [(0.0, 1.0), (1.0, 1.0), (38.0, 40.0), (101.0, 150.0), (17_300.0, 20_000.0), (f64::NAN, 1.0)]
        {
            let axis = Axis::from_zero("", most);
            assert!((axis.to - to).abs() < 1e-9, "{most}: {}", axis.to);
            assert!((3..=7).contains(&axis.ticks.len()), "{most}: {:?}", axis.ticks);
        }
    }

    #[test]
    fn logarithms_have_ticks_at_powers_of_ten_and_within_few_of_them() {
        let texts = |least, most| {
            let axis = Axis::of_logarithms("", least, most);
            axis.ticks.iter().map(|tick| number_of_logarithm(*tick)).collect::<Vec<_>>()
        };
        assert_eq!(texts(31.0, 58.0), ["10", "100", "20", "50"]);
        assert_eq!(texts(31.0, 15_000.0), ["10", "100", "1,000", "10,000", "100,000"]);
        assert_eq!(texts(0.0, 0.0), ["1", "10", "2", "5"]);
        for (value, text) in [(0.0, "0"), (0.5, "0.5"), (0.25, "0.25"), (2.0, "2"), (20_000.0, "20,000")] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn names_do_not_stand_on_each_other_or_below_the_axis() {
        let mut names: Vec<_> = [AXIS - 4, 100, AXIS - 2, 105].map(|y| Name { text: "", color: INK, x: 0, y }).into();
        spread(&mut names);
        let places: Vec<i32> = names.iter().map(|name| name.y).collect();
        assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= LINE_HEIGHT), "{places:?}");
        assert!(places[3] == AXIS && places[0] == 100, "{places:?}");
    }
}
