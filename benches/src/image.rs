//! One chart as an SVG file of its own: products over their size, with their names and colours.

use std::fmt::Write;

use crate::{
    chart::{class, escape},
    html::{STYLE, products},
    report::Report,
    scale::{Number, Scale},
    workload::Workload,
};

/// Whether there is anything for [`products_image`] among workloads.
pub fn has_products(workloads: &[Box<dyn Workload>]) -> bool {
    let scale = Scale::MultiplyAdds(Number::F32);
    workloads.iter().any(|it| it.side().is_some() && it.work().scale == scale)
}

/// The chart of the square products in `f32`; `None` if none was measured.
pub fn products_image(report: &Report) -> Option<String> {
    let lines = products(report, Number::F32)?;
    let svg = lines.svg();
    // What the page's SVG takes from the page: the name space, the colours and the ground.
    let (open, shapes) = svg.split_once('\n')?;
    let open = open.replacen("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ", 1);
    let mut image = format!("{open}\n<style>\n{}</style>\n", escape(STYLE));
    image.push_str("<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n");
    for (i, series) in lines.series.iter().enumerate() {
        let (x, class) = (100 + 110 * i, class(i));
        // Writing to a String cannot fail.
        let _ = writeln!(
            image,
            "<g class=\"{class}\"><circle cx=\"{x}\" cy=\"12\" r=\"5\"/>\
             <text x=\"{}\" y=\"16\">{}</text></g>",
            x + 10,
            escape(&series.name)
        );
    }
    image.push_str(shapes);
    Some(image)
}

#[cfg(test)]
mod tests {
    use super::{has_products, products_image};
    use crate::{report::tests::example, workload::all};

    #[test]
    fn the_image_needs_no_page() {
        let image = products_image(&example()).unwrap();
        assert!(image.starts_with("<svg xmlns="));
        assert!(image.ends_with("</svg>\n"));
        assert!(image.contains("<style>") && image.contains(">2 threads</text>"));
        assert!(!image.contains("href"));
    }

    #[test]
    fn products_are_known_before_they_are_measured() {
        let mut workloads = all();
        assert!(has_products(&workloads));
        workloads.retain(|it| it.side().is_none() || it.name().contains("f64"));
        assert!(!workloads.is_empty() && !has_products(&workloads));
    }

    #[test]
    fn without_square_products_there_is_none() {
        let mut report = example();
        report.entries[0].side = None;
        assert_eq!(products_image(&report), None);
    }
}
