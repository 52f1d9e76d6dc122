//! What people write to the demo's shop about, in three languages.
//!
//! In a text `{order}` stands for the number of an order, `{product}` for a thing the shop sells, `{amount}` for a
//! sum and `{agent}` for the name of the manager.

use super::people::Language::{self, English, German, Korean};

/// A topic of chats.
pub(super) struct Topic {
    /// How often it comes up, relative to the other topics.
    pub(super) weight: u64,
    /// The tags that fit; one or two of them are put on.
    pub(super) tags: &'static [&'static str],
    /// Where on the site the customer came from.
    pub(super) page: &'static str,
    english: Texts,
    korean: Texts,
    german: Texts,
}

/// The opening messages of a topic, and the first answer.
type Texts = (&'static [&'static str], &'static str);

impl Topic {
    fn texts(&self, language: Language) -> &Texts {
        match language {
            English => &self.english,
            Korean => &self.korean,
            German => &self.german,
        }
    }

    /// Opening messages of a customer.
    pub(super) fn openings(&self, language: Language) -> &'static [&'static str] {
        self.texts(language).0
    }

    /// The first answer of a manager.
    pub(super) fn answer(&self, language: Language) -> &'static str {
        self.texts(language).1
    }
}

/// What the shop sells.
pub(super) const PRODUCTS: [&str; 14] = [
    "Trail 28 backpack",
    "Nord desk lamp",
    "Ember kettle",
    "Halo headphones",
    "Drift rain jacket",
    "Moss wool blanket",
    "Pico e-bike light",
    "Kumo travel pillow",
    "Fjord boots (42)",
    "Saga notebook set",
    "Lumen bulb E27",
    "Tide bottle 0.7 l",
    "Aster watch strap",
    "Birch standing desk",
];

/// What people write about.
pub(super) const TOPICS: [Topic; 12] = [
    Topic {
        weight: 20,
        tags: &["delivery/late", "order/status", "delivery/lost"],
        page: "/orders",
        english: (
            &[
                "Hi, where is my parcel? Order {order} was promised for Tuesday.",
                "Tracking for {order} has not moved in four days 😕",
                "The courier says delivered, but there is no {product} here. Order {order}.",
            ],
            "Hello, {agent} here. I am looking into {order} with the carrier and will be back in a few minutes.",
        ),
        korean: (
            &[
                "안녕하세요, 주문 {order} 배송이 언제 오나요?",
                "{product} 배송 조회가 며칠째 그대로예요 😥",
                "배송 완료라고 뜨는데 물건을 못 받았어요. 주문번호 {order}",
            ],
            "안녕하세요, {agent}입니다. {order} 건 택배사에 확인 후 바로 안내드리겠습니다.",
        ),
        german: (
            &["Wo bleibt meine Bestellung {order}?", "Laut Verfolgung liegt {order} seit Tagen im Verteilzentrum."],
            "Guten Tag, hier ist {agent}. Ich frage beim Paketdienst nach {order} und melde mich gleich.",
        ),
    },
    Topic {
        weight: 15,
        tags: &["billing/refund/full", "billing/refund/partial", "returns/late"],
        page: "/returns",
        english: (
            &[
                "I sent the {product} back two weeks ago. When do I get my {amount} back?",
                "My refund for {order} is {amount} short. Can you check?",
            ],
            "Sorry for the wait. I can see the return of {order}; the refund of {amount} is on its way and takes 3 to 5 days.",
        ),
        korean: (
            &["{order} 환불은 언제 처리되나요?", "{product} 반품했는데 {amount}이 아직 입금되지 않았어요."],
            "불편을 드려 죄송합니다. {order} 환불 {amount}은 영업일 기준 3~5일 안에 처리됩니다.",
        ),
        german: (
            &["Wann wird mir {amount} für {order} erstattet?", "Die Erstattung für {product} fehlt noch."],
            "Entschuldigung für die Verzögerung, die Erstattung von {amount} ist angewiesen.",
        ),
    },
    Topic {
        weight: 12,
        tags: &["order/change", "order/cancel", "delivery/address"],
        page: "/checkout/done",
        english: (
            &[
                "Can I still change the address of order {order}?",
                "Please cancel {order}, I bought the {product} twice by mistake.",
            ],
            "Hi, {agent} here. {order} has not left the warehouse yet, so I can do that for you.",
        ),
        korean: (
            &["주문 {order} 배송지를 변경하고 싶어요.", "{order} 취소 부탁드립니다. {product}를 두 번 주문했어요."],
            "네, {order} 건은 아직 출고 전이라 변경해 드릴 수 있습니다.",
        ),
        german: (
            &["Kann ich bei {order} noch die Adresse ändern?", "Bitte {order} stornieren, ich habe doppelt bestellt."],
            "Gerne, {order} ist noch nicht verschickt. Ich kümmere mich darum.",
        ),
    },
    Topic {
        weight: 10,
        tags: &["product/stock/restock", "product/size", "product/stock/preorder"],
        page: "/products",
        english: (
            &["When will the {product} be back in stock?", "Is the {product} as large as it looks?"],
            "Good question! The next delivery of the {product} is planned for the end of the month.",
        ),
        korean: (
            &["{product} 재입고 언제 되나요?", "{product} 사이즈가 사진이랑 같나요? 고민이에요 🤔"],
            "{product}은 이번 달 말에 재입고될 예정입니다.",
        ),
        german: (
            &["Wann gibt es {product} wieder?", "Ist {product} so groß wie auf dem Bild?"],
            "Die nächste Lieferung von {product} kommt Ende des Monats.",
        ),
    },
    Topic {
        weight: 9,
        tags: &["product/defect/battery", "product/defect/crack", "returns/warranty", "product/spare-part"],
        page: "/account/orders",
        english: (
            &[
                "The {product} stopped working after three weeks. Order {order}.",
                "There is a crack in my {product}, photo attached.",
            ],
            "I am sorry about that! It is under warranty: I will send a new {product} and a label for the old one.",
        ),
        korean: (
            &[
                "{product}가 3주 만에 고장났어요. 주문번호 {order}입니다.",
                "{product}에 금이 갔어요 ㅠㅠ 사진 첨부합니다.",
            ],
            "정말 죄송합니다. 보증 기간이라 새 제품으로 교환해 드리겠습니다.",
        ),
        german: (
            &["{product} ist nach drei Wochen kaputt, Bestellung {order}.", "{product} hat einen Riss."],
            "Das tut mir leid! Das ist ein Garantiefall, Sie bekommen Ersatz.",
        ),
    },
    Topic {
        weight: 8,
        tags: &["billing/card/declined", "billing/card/3d-secure", "billing/double-charge"],
        page: "/checkout",
        english: (
            &[
                "My card is declined at checkout, but it works everywhere else.",
                "I was charged {amount} twice for {order}!",
            ],
            "Thanks for telling us. The second {amount} is only reserved and your bank lets it go within two days.",
        ),
        korean: (
            &["결제가 계속 실패해요. 카드는 정상입니다.", "{order} 건이 두 번 결제됐어요! {amount} 확인해 주세요."],
            "확인해 보니 두 번째 {amount} 결제는 승인 보류 상태이며 2일 안에 자동 취소됩니다.",
        ),
        german: (
            &["Meine Karte wird an der Kasse abgelehnt.", "Für {order} wurden {amount} doppelt abgebucht."],
            "Die zweite Buchung über {amount} ist nur vorgemerkt und verfällt in zwei Tagen.",
        ),
    },
    Topic {
        weight: 7,
        tags: &["account/login/password", "account/login/2fa", "account/email", "account/privacy"],
        page: "/login",
        english: (
            &["I do not get the mail to reset my password.", "New phone, and my login codes are gone. Can you help?"],
            "Sure. I have sent a new link to the address of your account; it is good for one hour.",
        ),
        korean: (
            &["비밀번호 재설정 메일이 안 와요.", "휴대폰을 바꿔서 인증 코드를 받을 수 없어요."],
            "등록된 이메일로 새 링크를 보내드렸습니다. 1시간 동안 유효합니다.",
        ),
        german: (
            &[
                "Ich bekomme keine E-Mail zum Zurücksetzen.",
                "Neues Handy, und jetzt fehlen mir die Codes zum Anmelden.",
            ],
            "Ich habe Ihnen einen neuen Link geschickt, er gilt eine Stunde.",
        ),
    },
    Topic {
        weight: 6,
        tags: &["returns/exchange", "returns/label"],
        page: "/returns/new",
        english: (
            &["I would like to swap the {product} for another color.", "The return label for {order} will not open."],
            "No problem, I have just sent you a new label for {order}.",
        ),
        korean: (
            &["{product} 다른 색상으로 교환하고 싶어요.", "{order} 반품 송장이 열리지 않아요."],
            "네, {order} 반품 송장을 다시 보내드렸습니다.",
        ),
        german: (
            &[
                "Ich möchte {product} in einer anderen Farbe.",
                "Das Rücksendeetikett für {order} lässt sich nicht öffnen.",
            ],
            "Kein Problem, ein neues Etikett für {order} ist unterwegs.",
        ),
    },
    Topic {
        weight: 5,
        tags: &["app/ios", "app/android", "app/push"],
        page: "/app",
        english: (
            &["The app closes as soon as I open my orders.", "I get the same notification five times a day."],
            "Thank you, we know about this one. The fix comes with the next update, this week.",
        ),
        korean: (
            &["앱에서 주문 내역을 열면 꺼져요.", "같은 알림이 하루에 다섯 번씩 와요."],
            "알려 주셔서 감사합니다. 이번 주 업데이트에서 수정됩니다.",
        ),
        german: (
            &["Die App stürzt bei den Bestellungen ab.", "Ich bekomme jede Mitteilung fünfmal."],
            "Danke, der Fehler ist bekannt und wird diese Woche behoben.",
        ),
    },
    Topic {
        weight: 4,
        tags: &["delivery/abroad/customs", "delivery/abroad/insurance"],
        page: "/shipping",
        english: (
            &["Customs wants {amount} for {order}. Was that not included?", "Do you ship the {product} to Norway?"],
            "We pay the duties above the first {amount}; send me the letter and I will sort it out.",
        ),
        korean: (&["{order} 통관에서 관세 {amount}를 내라고 해요."], "관세 고지서를 보내주시면 저희가 처리하겠습니다."),
        german: (
            &["Der Zoll verlangt {amount} für {order}."],
            "Schicken Sie mir bitte den Bescheid, wir übernehmen das.",
        ),
    },
    Topic {
        weight: 3,
        tags: &["wholesale/quote", "billing/invoice/vat", "wholesale/contract"],
        page: "/business",
        english: (
            &[
                "We need 60 of the {product} for our office. Can we have a quote?",
                "The invoice of {order} lacks our VAT number.",
            ],
            "With pleasure. I have put the numbers together and mailed them to you as a PDF.",
        ),
        korean: (
            &["{product} 60개 단체 주문 견적 부탁드립니다.", "{order} 세금계산서 발행 부탁드려요."],
            "견적서를 이메일로 보내드렸습니다.",
        ),
        german: (
            &["Wir brauchen 60 Stück {product}, bitte ein Angebot."],
            "Sehr gerne, das Angebot ist per E-Mail unterwegs.",
        ),
    },
    Topic {
        weight: 3,
        tags: &["feedback/praise", "feedback/complaint", "feedback/idea"],
        page: "/",
        english: (
            &["Just wanted to say: I love the {product}! 🎉", "Third time that something is missing. I am not happy."],
            "Thank you for writing, this goes straight to the team.",
        ),
        korean: (
            &["{product} 정말 마음에 들어요! 👍", "벌써 세 번째 누락이네요. 실망입니다."],
            "소중한 의견 감사합니다. 담당 팀에 전달하겠습니다.",
        ),
        german: (&["Ich bin begeistert von {product}! 🎉"], "Vielen Dank, das gebe ich gern weiter."),
    },
];

/// Later messages of a customer.
pub(super) fn additions(language: Language) -> &'static [&'static str] {
    match language {
        English => &[
            "It is order {order}, by the way.",
            "Any news?",
            "Sent the photo just now.",
            "Could you call me instead?",
            "Sure, that works. And the {amount}?",
        ],
        Korean => &[
            "주문번호는 {order}입니다.",
            "혹시 확인되셨나요?",
            "사진 보내드렸어요.",
            "네, 그런데 {amount}은요?",
            "언제쯤 될까요?",
        ],
        German => &[
            "Die Nummer ist {order}.",
            "Gibt es schon etwas Neues?",
            "Das Foto ist unterwegs.",
            "Ja, gern. Und die {amount}?",
        ],
    }
}

/// Later answers of a manager.
pub(super) fn replies(language: Language) -> &'static [&'static str] {
    match language {
        English => &[
            "Thanks, found it. Give me a moment.",
            "All set: you get a mail about it within the hour.",
            "I have asked the warehouse and keep you posted.",
            "Done! Anything else that I can do?",
        ],
        Korean => &[
            "네, 확인했습니다. 잠시만 기다려 주세요.",
            "처리 완료되었습니다. 메일로 안내드리겠습니다.",
            "물류팀에 문의해 두었습니다.",
            "더 도와드릴 일이 있을까요?",
        ],
        German => &[
            "Danke, ich habe es gefunden.",
            "Erledigt, Sie bekommen gleich eine E-Mail.",
            "Ich habe im Lager nachgefragt.",
        ],
    }
}

/// Last messages of a customer.
pub(super) fn thanks(language: Language) -> &'static [&'static str] {
    match language {
        English => &["Perfect, thank you!", "Thanks {agent}, you are a star ⭐", "It has arrived. Thanks!", "OK."],
        Korean => &["감사합니다!", "친절하게 안내해 주셔서 감사해요 😊", "방금 받았어요. 고맙습니다!", "넵"],
        German => &["Vielen Dank!", "Super, danke {agent}!", "Ist angekommen, danke."],
    }
}

/// Internal notes of the team.
pub(super) const NOTES: [&str; 5] = [
    "Third contact about {order}. Can you take a look?",
    "물류팀 확인 필요합니다.",
    "Refund of {amount} approved by finance.",
    "Customer prefers a call before noon.",
    "Same courier as last week, please escalate.",
];

/// Descriptions of chats.
pub(super) const DESCRIPTIONS: [&str; 6] = [
    "#vip asks for {agent}",
    "#callback after 16:00",
    "#재입고 알림 {product}",
    "waits for the carrier, at work on it: {agent} #claim",
    "#fragile #claim {product}",
    "price promise {amount} until the end of the month #promise",
];

/// The automatic answer at night.
pub(super) const AWAY: &str = "Thank you for writing. We are back at 8:00 and answer then.";
