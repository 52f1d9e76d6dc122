//! The demo's customers. Everything about a customer follows from the id, so none is kept in memory.

use std::collections::BTreeMap;

use inboxdb::CustomerId;

use crate::random::Random;

/// The language that a customer writes in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Language {
    English,
    Korean,
    German,
}

/// A customer.
pub(super) struct Person {
    pub(super) language: Language,
    pub(super) name: String,
    pub(super) profile: BTreeMap<String, String>,
}

/// How names are formed in a country, and the language its people write in.
struct Country {
    code: &'static str,
    language: Language,
    /// Customers from there, of 100.
    share: u64,
    family_first: bool,
    given: &'static [&'static str],
    family: &'static [&'static str],
}

const COUNTRIES: [Country; 6] = [
    Country {
        code: "GB",
        language: Language::English,
        share: 38,
        family_first: false,
        given: &[
            "Amelia", "George", "Isla", "Harry", "Ava", "Jack", "Freya", "Leo", "Poppy", "Arthur", "Zara", "Mohammed",
            "Ivy", "Callum", "Niamh", "Theo", "Ruby", "Kwame", "Alice", "Rhys", "Martha", "Dylan", "Olive", "Ravi",
        ],
        family: &[
            "Smith",
            "Jones",
            "Patel",
            "Brown",
            "Evans",
            "Walsh",
            "Khan",
            "Wright",
            "Campbell",
            "Hughes",
            "Adeyemi",
            "Clarke",
            "O'Brien",
            "Turner",
            "Murray",
            "Singh",
            "Baker",
            "Stone",
            "Fraser",
            "Whitfield",
        ],
    },
    Country {
        code: "KR",
        language: Language::Korean,
        share: 27,
        family_first: true,
        given: &[
            "민준", "서연", "도윤", "하은", "지호", "수아", "예준", "지우", "현우", "채원", "유진", "태양", "은서",
            "승민", "다은", "준서", "소율", "재현", "나연", "시우",
        ],
        family: &["김", "이", "박", "최", "정", "강", "조", "윤", "장", "임", "한", "오", "서", "신"],
    },
    Country {
        code: "DE",
        language: Language::German,
        share: 17,
        family_first: false,
        given: &[
            "Lena", "Finn", "Mia", "Paul", "Clara", "Jonas", "Frieda", "Emil", "Greta", "Jörg", "Käthe", "Oskar",
            "Leni", "Moritz", "Aylin", "Günther",
        ],
        family: &[
            "Müller",
            "Schmidt",
            "Schröder",
            "Weiß",
            "Becker",
            "Hoffmann",
            "Yılmaz",
            "Krüger",
            "Vogel",
            "Lang",
            "Böhm",
            "Zimmermann",
        ],
    },
    Country {
        code: "JP",
        language: Language::English,
        share: 8,
        family_first: true,
        given: &["さくら", "蓮", "陽菜", "湊", "結衣", "大翔", "美咲", "悠真"],
        family: &["佐藤", "鈴木", "高橋", "田中", "渡辺", "伊藤", "山本", "小林"],
    },
    Country {
        code: "ES",
        language: Language::English,
        share: 7,
        family_first: false,
        given: &["Lucía", "Hugo", "Martina", "Íñigo", "Paula", "Álvaro", "Noa", "Begoña"],
        family: &["García", "Muñoz", "Peña", "Ibáñez", "Serrano", "Núñez", "Vega", "Castaño"],
    },
    Country {
        code: "VN",
        language: Language::English,
        share: 3,
        family_first: true,
        given: &["Thị Mai", "Văn Hùng", "Minh Anh", "Quốc Bảo", "Ngọc Hân"],
        family: &["Nguyễn", "Trần", "Lê", "Phạm", "Đặng"],
    },
];

const PLANS: [&str; 4] = ["free", "free", "plus", "business"];

/// The customer with an id.
pub(super) fn person(customer: CustomerId) -> Person {
    let mut random = Random::of(2, customer.0);
    let country = &COUNTRIES[random.weighted(COUNTRIES.iter().map(|country| country.share))];
    let (given, family) = (random.pick(country.given), random.pick(country.family));
    let mut name = match (country.family_first, country.language) {
        (true, Language::Korean) => format!("{family}{given}"),
        (true, _) => format!("{family} {given}"),
        (false, _) => format!("{given} {family}"),
    };
    if random.chance(15) {
        name += random.pick(&[" 🌿", " ☕", " 🐈", " ✨"]);
    }
    let plan = PLANS[random.below(PLANS.len() as u64) as usize];
    let profile = [("country", country.code), ("plan", plan)];
    let profile = profile.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    Person { language: country.language, name, profile }
}
