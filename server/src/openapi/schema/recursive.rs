//! Types that hold their own kind. The derived form would describe them without end.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// A view such as `assigned:7:open`, or several joined: as text, or as an object.
#[derive(Serialize)]
pub(crate) struct Filter;

impl PartialSchema for Filter {
    fn schema() -> RefOr<Schema> {
        let own = || Ref::from_schema_name("Filter");
        let of = |name: &str, part: RefOr<Schema>| ObjectBuilder::new().property(name, part).required(name);
        let list = || RefOr::T(ArrayBuilder::new().items(own()).into());
        OneOfBuilder::new()
            .description(Some("A view such as `assigned:7:open`, or several joined: as text, or as an object."))
            .item(ObjectBuilder::new().schema_type(Type::String))
            .item(of("and", list()))
            .item(of("or", list()))
            .item(of("not", own().into()))
            .into()
    }
}

impl ToSchema for Filter {
    fn name() -> Cow<'static, str> {
        "Filter".into()
    }
}

/// One command of a batch: the command itself, or with another actor.
#[derive(Serialize)]
pub(crate) struct Step;

impl PartialSchema for Step {
    fn schema() -> RefOr<Schema> {
        let reference = |name: &str| Ref::from_schema_name(name);
        let other = ObjectBuilder::new()
            .property("as", reference("Actor"))
            .required("as")
            .property("do", reference("Command"))
            .required("do");
        OneOfBuilder::new()
            .description(Some("One command of a batch: the command itself, or with another actor."))
            .item(reference("Command"))
            .item(other)
            .into()
    }
}

impl ToSchema for Step {
    fn name() -> Cow<'static, str> {
        "Step".into()
    }
}
