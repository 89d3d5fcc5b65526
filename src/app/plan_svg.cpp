#include "app/plan_svg.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

namespace danewerk::app {

namespace {

using engine::Forecast;
using engine::PlannedEvent;
using engine::RecordLane;
using model::Visibility;
using std::chrono::days;

constexpr int kWidth = 1280;
constexpr int kLeft = 190;
constexpr int kRight = 24;
constexpr int kChart = kWidth - kLeft - kRight;
constexpr int kTop = 64;    // title and legend
constexpr int kLane = 15;   // a record
constexpr int kBar = 11;    // its bar
constexpr int kKeyGap = 7;  // between keys
constexpr int kAxis = 34;   // months and years
constexpr int kMarks = 24;  // row of the operator's marks
constexpr int kNote = 16;   // a line of the list below
constexpr int kZoneGap = 28;
constexpr int kMarkRoom = 34;  // for the numbers of a mark

/// Distinct in lightness too, for who does not see colours.
std::string_view colour_of(Visibility visibility) {
  switch (visibility) {
    case Visibility::kRumoured:
      return "#f5c04a";
    case Visibility::kOmnipresent:
      return "#2f7d4f";
    case Visibility::kUnretentive:
      return "#b06ab3";
    case Visibility::kHidden:
      break;
  }
  return "#d9dce1";
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string day_text(sys_seconds at) {
  return to_text(at).substr(0, 10);
}

std::string minute_text(sys_seconds at) {
  return fmt::format("{} {}", day_text(at), to_text(at).substr(11, 5));
}

class Picture {
 public:
  Picture(sys_seconds from, sys_seconds until) : from_(from), until_(std::max(until, from)) {}

  std::string draw(const std::vector<Forecast>& zones) {
    y_ = kTop;
    for (const auto& zone : zones) draw_zone(zone);
    return fmt::format(
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
               "viewBox=\"0 0 {0} {1}\" font-family=\"DejaVu Sans, Helvetica, Arial, sans-serif\" "
               "font-size=\"11\">\n<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n",
               kWidth, y_ + kRight) +
           legend() + body_ + "</svg>\n";
  }

 private:
  [[nodiscard]] double x_of(sys_seconds at) const {
    const auto span = std::max<std::int64_t>(1, (until_ - from_).count());
    const auto offset = std::clamp<std::int64_t>((at - from_).count(), 0, span);
    return kLeft + kChart * static_cast<double>(offset) / static_cast<double>(span);
  }

  [[nodiscard]] std::string legend() const {
    auto text = fmt::format(
        "<text x=\"16\" y=\"24\" font-size=\"15\" font-weight=\"bold\">Plan from {} to {} "
        "(UTC)</text>\n",
        day_text(from_), day_text(until_));
    int x = kLeft;
    for (const auto visibility : {Visibility::kHidden, Visibility::kRumoured,
                                  Visibility::kOmnipresent, Visibility::kUnretentive}) {
      text += fmt::format(
          "<rect x=\"{}\" y=\"{}\" width=\"22\" height=\"{}\" fill=\"{}\"/>\n"
          "<text x=\"{}\" y=\"48\">{}</text>\n",
          x, visibility == Visibility::kHidden ? 43 : 39,
          visibility == Visibility::kHidden ? 2 : kBar, colour_of(visibility), x + 28,
          to_text(visibility));
      x += 130;
    }
    return text + diamond(x + 6, 44) +
           fmt::format("<text x=\"{}\" y=\"48\">somebody has to act</text>\n", x + 18);
  }

  static std::string diamond(double x, int y) {
    return fmt::format("<path d=\"M{0:.1f} {1} l6 6 l-6 6 l-6 -6 z\" fill=\"#c0272d\"/>\n", x,
                       y - 6);
  }

  void draw_zone(const Forecast& zone) {
    body_ +=
        fmt::format("<text x=\"16\" y=\"{}\" font-size=\"13\" font-weight=\"bold\">{}</text>\n",
                    y_ + 14, escaped(zone.zone));
    if (!zone.trouble.empty()) {
      body_ +=
          fmt::format("<text x=\"{}\" y=\"{}\">{}</text>\n", kLeft, y_ + 14, escaped(zone.trouble));
      y_ += kZoneGap;
      return;
    }
    const auto marks = marks_of(zone);
    const int axis = y_;
    y_ += kAxis;
    const int first = y_;
    if (!marks.empty()) y_ += kMarks;
    const auto background = body_.size();
    draw_lanes(zone);
    std::string behind;
    draw_axis(axis, y_, behind);
    draw_mark_lines(marks, first, behind);
    body_.insert(background, behind);
    draw_notes(marks);
    y_ += kZoneGap;
  }

  /// Successors stand below their predecessors: keys with a DS first, then the others.
  void draw_lanes(const Forecast& zone) {
    const auto has_ds = [&](const RecordLane& lane) {
      return std::ranges::any_of(zone.lanes, [&](const RecordLane& other) {
        return other.key == lane.key && other.record == model::KeyRecord::kDs;
      });
    };
    above_.clear();
    for (const bool wanted : {true, false}) {
      for (const auto& lane : zone.lanes) {
        if (has_ds(lane) == wanted) draw_labelled(lane);
      }
    }
    y_ += kKeyGap;
  }

  void draw_labelled(const RecordLane& lane) {
    if (lane.key != above_) {
      y_ += kKeyGap;
      body_ += fmt::format("<text x=\"16\" y=\"{}\" font-weight=\"bold\">{}</text>\n",
                           y_ + kBar - 1, escaped(lane.label));
      above_ = lane.key;
    }
    body_ += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"#444444\">{}</text>\n",
                         kLeft - 10, y_ + kBar - 1, to_text(lane.record));
    draw_lane(lane);
    y_ += kLane;
  }

  void draw_lane(const RecordLane& lane) {
    // States on the way come last: a short one is not to vanish under its neighbours.
    draw_spans(lane, {Visibility::kHidden, Visibility::kOmnipresent});
    draw_spans(lane, {Visibility::kRumoured, Visibility::kUnretentive});
  }

  void draw_spans(const RecordLane& lane, std::array<Visibility, 2> wanted) {
    for (std::size_t i = 0; i < lane.spans.size(); ++i) {
      const auto& span = lane.spans[i];
      if (std::ranges::count(wanted, span.visibility) == 0) continue;
      const auto end = i + 1 < lane.spans.size() ? lane.spans[i + 1].from : until_;
      const bool is_hidden = span.visibility == Visibility::kHidden;
      // A key that has gone has nothing more to show.
      const bool is_over = is_hidden && i != 0 && i + 1 == lane.spans.size();
      if (!is_over && end > span.from) draw_span(lane, span, end);
    }
  }

  void draw_span(const RecordLane& lane, const RecordLane::Span& span, sys_seconds end) {
    const bool is_hidden = span.visibility == Visibility::kHidden;
    const auto x = x_of(span.from);
    // The shortest state is still to be seen.
    const auto width = std::max(x_of(end) - x, is_hidden ? 0.0 : 2.0);
    body_ += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\" fill=\"{}\"><title>{} of {}: "
        "{} from {}</title></rect>\n",
        x, is_hidden ? y_ + kBar / 2 : y_, width, is_hidden ? 2 : kBar, colour_of(span.visibility),
        to_text(lane.record), escaped(lane.label), to_text(span.visibility), to_text(span.from));
  }

  static std::vector<const PlannedEvent*> marks_of(const Forecast& zone) {
    std::vector<const PlannedEvent*> marks;
    for (const auto& event : zone.events) {
      if (event.kind == PlannedEvent::Kind::kOperator) marks.push_back(&event);
    }
    return marks;
  }

  /// Days, where months are far apart.
  void draw_days(int top, int bottom, std::string& out) const {
    constexpr std::int64_t kRoom = 44;  // a label
    constexpr std::size_t kYear = 4;    // digits
    const auto span = std::chrono::ceil<days>(until_ - from_).count();
    const auto step = std::max<std::int64_t>(1, span * kRoom / kChart);
    const auto year = [&](double x, std::string_view text) {
      out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" font-weight=\"bold\">{}</text>\n", x + 2,
                         top + kAxis - 21, text);
    };
    auto shown = day_text(from_).substr(0, kYear);
    year(kLeft, shown);
    for (auto day = std::chrono::ceil<days>(from_); day <= until_; day += days(step)) {
      const auto x = x_of(day);
      if (x + static_cast<double>(kRoom) / 2 > kLeft + kChart) break;
      out += fmt::format(
          "<line x1=\"{0:.1f}\" y1=\"{1}\" x2=\"{0:.1f}\" y2=\"{2}\" stroke=\"#e6e8ec\"/>\n"
          "<text x=\"{3:.1f}\" y=\"{4}\" fill=\"#444444\">{5}</text>\n",
          x, top + kAxis - 8, bottom, x + 2, top + kAxis - 8, day_text(day).substr(kYear + 1));
      const auto now = day_text(day).substr(0, kYear);
      if (now != shown) year(x, now);
      shown = now;
    }
  }

  static unsigned months_a_label(double month_width, double room) {
    constexpr unsigned kQuarter = 3;
    constexpr unsigned kYear = 12;
    if (month_width >= room) return 1;
    return month_width * kQuarter >= room ? kQuarter : kYear;
  }

  void draw_axis(int top, int bottom, std::string& out) const {
    using std::chrono::month;
    using std::chrono::months;
    using std::chrono::year_month_day;
    constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    constexpr double kRoom = 30;
    constexpr double kDaysAMonth = 30.4;
    const auto span = std::max<double>(1, static_cast<double>((until_ - from_).count()) / 86400);
    const auto a_month = kChart / span * kDaysAMonth;
    const auto step = months_a_label(a_month, kRoom);
    out += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"#888888\"/>\n",
                       kLeft, top + kAxis - 4, kLeft + kChart, top + kAxis - 4);
    constexpr double kShortPlan = 120;
    if (span < kShortPlan) {
      draw_days(top, bottom, out);
      return;
    }
    const year_month_day begin{std::chrono::floor<days>(from_)};
    bool has_year = false;
    for (auto at = begin.year() / begin.month();; at += months(1)) {
      const sys_seconds instant = std::chrono::sys_days(at / 1);
      if (instant > until_) break;
      const auto number = static_cast<unsigned>(at.month()) - 1;
      if (instant < from_ || number % step != 0) continue;
      const auto x = x_of(instant);
      const bool is_year = number == 0;
      out += fmt::format(
          "<line x1=\"{0:.1f}\" y1=\"{1}\" x2=\"{0:.1f}\" y2=\"{2}\" stroke=\"{3}\"/>\n", x,
          top + kAxis - 8, bottom, is_year ? "#a9afb8" : "#e6e8ec");
      if (x > kLeft + kChart - kRoom / 2) continue;
      out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" fill=\"#444444\">{}</text>\n", x + 2,
                         top + kAxis - 8, kMonths.at(number));
      if (has_year && !is_year) continue;
      has_year = true;
      out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" font-weight=\"bold\">{}</text>\n", x + 2,
                         top + kAxis - 21, static_cast<int>(at.year()));
    }
  }

  void draw_mark_lines(const std::vector<const PlannedEvent*>& marks, int top,
                       std::string& out) const {
    const auto label = [&](double x, std::size_t first, std::size_t last) {
      out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" fill=\"#c0272d\">{}{}</text>\n", x + 8,
                         top + 12, first, first == last ? "" : fmt::format("-{}", last));
    };
    std::size_t first = 0;  // of those that stand too close to be told apart
    for (std::size_t i = 0; i < marks.size(); ++i) {
      const auto x = x_of(marks[i]->at);
      out += fmt::format(
          "<line x1=\"{0:.1f}\" y1=\"{1}\" x2=\"{0:.1f}\" y2=\"{2}\" stroke=\"#c0272d\" "
          "stroke-dasharray=\"3 3\"/>\n",
          x, top + 8, y_);
      out += diamond(x, top + 8);
      const bool goes_on = i + 1 < marks.size() && x_of(marks[i + 1]->at) - x < kMarkRoom;
      if (goes_on) continue;
      label(x, first + 1, i + 1);
      first = i + 1;
    }
  }

  void draw_notes(const std::vector<const PlannedEvent*>& marks) {
    std::size_t number = 0;
    for (const auto* mark : marks) {
      y_ += kNote;
      body_ += fmt::format(
          "<text x=\"{}\" y=\"{}\"><tspan fill=\"#c0272d\">{}</tspan>"
          "<tspan dx=\"8\">{}</tspan><tspan dx=\"8\">{}</tspan></text>\n",
          kLeft, y_, ++number, minute_text(mark->at), escaped(mark->what));
    }
  }

  sys_seconds from_;
  sys_seconds until_;
  std::string body_;
  std::string above_;  ///< key of the lane above
  int y_ = 0;
};

}  // namespace

std::string plan_svg(const std::vector<Forecast>& zones, sys_seconds from, sys_seconds until) {
  return Picture(from, until).draw(zones);
}

}  // namespace danewerk::app
